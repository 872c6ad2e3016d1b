using Microsoft.Extensions.Logging;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Hosting;

/// <summary>The clients' log lines.</summary>
internal static partial class SseClientLog
{
    [LoggerMessage(140, LogLevel.Information, "Event stream {Client} is open (attempt {Attempt})")]
    public static partial void Opened(ILogger logger, string client, int attempt);

    [LoggerMessage(141, LogLevel.Warning, "Event stream {Client} failed ({Reason}), next attempt in {Delay}: {Failure}")]
    public static partial void Failed(ILogger logger, string client, string reason, TimeSpan delay, string failure);

    [LoggerMessage(142, LogLevel.Information, "Event stream {Client} has ended ({Reason}), next attempt in {Delay}")]
    public static partial void Ended(ILogger logger, string client, string reason, TimeSpan delay);

    [LoggerMessage(143, LogLevel.Information, "Event stream {Client} is closed: {Reason}")]
    public static partial void Closed(ILogger logger, string client, SseEndReason reason);

    [LoggerMessage(144, LogLevel.Error, "Event stream {Client} failed for good: {Failure}")]
    public static partial void FailedForGood(ILogger logger, string client, string? failure);

    [LoggerMessage(145, LogLevel.Warning, "Event stream {Client}: the last event id is not sent, {Reason}")]
    public static partial void IdNotSent(ILogger logger, string client, string reason);
}
