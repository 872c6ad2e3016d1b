using Microsoft.Extensions.Logging;
using Unarr.Pipelines.Protocol;

namespace Unarr.Pipelines.Downlink;

/// <summary>An application's handler, whose notifications cannot end the loops that call them: what they throw is logged.</summary>
internal sealed class GuardedHandler(IDownlinkHandler handler, ILogger logger) : IDownlinkHandler
{
    public ValueTask HandleControlAsync(ControlAction control, ControlSource source, CancellationToken cancellationToken) =>
        handler.HandleControlAsync(control, source, cancellationToken);

    public void PrepareSync(SyncRequest request) => handler.PrepareSync(request);

    public void OnSynced(SyncReport report)
    {
        try
        {
            handler.OnSynced(report);
        }
        catch (Exception exception)
        {
            DownlinkLog.NotificationFailed(logger, nameof(OnSynced), exception);
        }
    }

    public void OnStatusChanged(DownlinkStatus status)
    {
        try
        {
            handler.OnStatusChanged(status);
        }
        catch (Exception exception)
        {
            DownlinkLog.NotificationFailed(logger, nameof(OnStatusChanged), exception);
        }
    }
}
