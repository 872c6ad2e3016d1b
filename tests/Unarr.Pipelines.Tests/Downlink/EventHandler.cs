using Unarr.Agents.Downlink;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>An application that asks for the stream's other events too.</summary>
internal sealed class EventHandler : RecordingHandler
{
    public Func<DownlinkEvent, CancellationToken, ValueTask>? OnEvent { get; set; }

    public override ValueTask HandleEventAsync(DownlinkEvent downlinkEvent, CancellationToken cancellationToken) =>
        OnEvent?.Invoke(downlinkEvent, cancellationToken) ?? ValueTask.CompletedTask;
}
