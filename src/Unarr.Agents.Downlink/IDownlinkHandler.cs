using Unarr.Agents.Protocol;

namespace Unarr.Agents.Downlink;

/// <summary>What an application does with its downlink.</summary>
/// <remarks>
/// Controls, syncs' preparations and notifications each come one at a time; the three run at the same time as the others. None of them
/// holds the downlink up: while a control takes long, streams, polls and syncs go on.
/// </remarks>
public interface IDownlinkHandler
{
    /// <summary>Applies a control. Controls come one at a time, in the order of their pushes; applying one twice must be harmless.</summary>
    /// <param name="control">The control.</param>
    /// <param name="source">The route that brought it.</param>
    /// <param name="cancellationToken">Cancelled when the downlink ends and four fifths of <see cref="DownlinkOptions.ShutdownTimeout"/>
    /// are over. The downlink's end does not wait longer than that timeout for a handler that goes on.</param>
    /// <exception cref="ControlRejectedException">The handler will never be able to apply it: it is listed as failed at once.</exception>
    /// <remarks>
    /// After any other exception the method is called again after 1 second and after 5 seconds, before the next control; after the third
    /// one the control is listed as failed. The exception's message is sent to the control plane, cut at 256 characters: it must hold
    /// nothing that people there may not read.
    /// </remarks>
    ValueTask HandleControlAsync(ControlAction control, ControlSource source, CancellationToken cancellationToken);

    /// <summary>Adds what the application reports to a sync: its tasks, and members of its own.</summary>
    /// <param name="request">The sync about to be sent; agent id, name, version and platform are set. One sync is prepared at a time.</param>
    /// <remarks>It runs on a thread of the pool. After 5 seconds the sync is sent with what the last call added, and so are the next ones
    /// until the call has returned.</remarks>
    void PrepareSync(SyncRequest request)
    {
    }

    /// <summary>Called after each sync, in order.</summary>
    /// <param name="report">How the sync went.</param>
    /// <remarks>While it runs nothing waits for it; of more than 256 notifications that wait the oldest are left out.</remarks>
    void OnSynced(SyncReport report)
    {
    }

    /// <summary>Called at every change of the route or state, in order.</summary>
    /// <param name="status">The status since that change.</param>
    /// <remarks>While it runs nothing waits for it; of more than 256 notifications that wait the oldest are left out.</remarks>
    void OnStatusChanged(DownlinkStatus status)
    {
    }
}
