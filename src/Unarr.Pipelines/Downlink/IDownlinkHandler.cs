using Unarr.Pipelines.Protocol;

namespace Unarr.Pipelines.Downlink;

/// <summary>What an application does with its downlink.</summary>
public interface IDownlinkHandler
{
    /// <summary>Applies a control. Controls come one at a time, in order; applying one twice must be harmless.</summary>
    /// <param name="control">The control.</param>
    /// <param name="source">The way by which it came.</param>
    /// <param name="cancellationToken">Cancelled when the downlink's time to shut down is over (5 seconds); the downlink's end waits
    /// for a handler that goes on all the same.</param>
    /// <remarks>An exception is logged as a failed control; the next one follows all the same.</remarks>
    ValueTask HandleControlAsync(ControlAction control, ControlSource source, CancellationToken cancellationToken);

    /// <summary>Adds what the application tells the control plane to a sync: its tasks, and members of its own.</summary>
    /// <param name="request">The sync about to be sent; agent id, name, version and platform are set. One sync is prepared at a time.</param>
    void PrepareSync(SyncRequest request)
    {
    }

    /// <summary>Told how each sync went.</summary>
    /// <param name="report">How it went.</param>
    void OnSynced(SyncReport report)
    {
    }

    /// <summary>Told of every change of the route or state, in order.</summary>
    /// <param name="status">How the downlink stands now.</param>
    void OnStatusChanged(DownlinkStatus status)
    {
    }
}
