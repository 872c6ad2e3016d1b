using Unarr.Agents.Protocol;

namespace Unarr.Agents.Downlink.Hosting;

/// <summary>The application's handler, and beside it the health record that hears of each change.</summary>
internal sealed class ObservedHandler(IDownlinkHandler handler, HealthRecord health) : IDownlinkHandler
{
    public ValueTask HandleControlAsync(ControlAction control, ControlSource source, CancellationToken cancellationToken) =>
        handler.HandleControlAsync(control, source, cancellationToken);

    public void PrepareSync(SyncRequest request) => handler.PrepareSync(request);

    public void OnSynced(SyncReport report) => handler.OnSynced(report);

    public void OnStatusChanged(DownlinkStatus status)
    {
        health.Changed(status);
        handler.OnStatusChanged(status);
    }
}
