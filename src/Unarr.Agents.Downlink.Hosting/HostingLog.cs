using Microsoft.Extensions.Logging;

namespace Unarr.Agents.Downlink.Hosting;

/// <summary>The log lines of hosting; the library's own event ids end below 20.</summary>
internal static partial class HostingLog
{
    [LoggerMessage(20, LogLevel.Warning, "The API key file {Path} cannot be used, the last key stays in use: {Reason}")]
    public static partial void KeyFileUnusable(ILogger logger, string path, string reason);

    [LoggerMessage(21, LogLevel.Information, "The API key file {Path} can be used again")]
    public static partial void KeyFileUsable(ILogger logger, string path);
}
