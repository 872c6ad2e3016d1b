using Unarr.Agents.Protocol;

namespace Unarr.Agents.Downlink;

/// <summary>What an application does with its downlink: derive from this class and override what you need.</summary>
/// <remarks>
/// Controls come one call at a time, and so do syncs (their preparation and their reports) and changes of the status; the three run at the
/// same time as each other. While a control takes long, streams, polls and syncs go on. The next sync waits for the report of the last.
/// </remarks>
public abstract class DownlinkHandler
{
    /// <summary>Applies a control. Controls come one at a time, in the order of their pushes;
    /// applying one twice must be harmless.</summary>
    /// <param name="control">The control.</param>
    /// <param name="delivery">The route that brought the control, and which attempt to apply it this is.</param>
    /// <param name="cancellationToken">Cancelled when the downlink ends and four fifths of <see cref="DownlinkOptions.ShutdownTimeout"/>
    /// are over. The downlink's end does not wait longer than that timeout for a handler that goes on.</param>
    /// <exception cref="ControlRejectedException">The handler will never be able to apply the control:
    /// it is listed as failed at once.</exception>
    /// <remarks>
    /// After any other exception the method is called again after 1 second and after 5 seconds, ahead of the next control; after the third
    /// exception the control is listed as failed. The exception's message is sent to the control plane, cut at 256 characters: it must
    /// hold nothing that people there may not read.
    /// </remarks>
    public abstract ValueTask HandleControlAsync(Control control, ControlDelivery delivery, CancellationToken cancellationToken);

    /// <summary>Adds what the application reports in a sync: its tasks, and members of its own. Nothing by default.</summary>
    /// <param name="request">The application's members of the sync that is about to be sent; valid until the returned task ends.</param>
    /// <param name="cancellationToken">Cancelled when the downlink has ended.</param>
    /// <remarks>
    /// It is called on a thread of the pool. After 5 seconds the sync is sent with the members that the last call added, and so are the
    /// next ones until the call has ended. An exception makes the sync fail.
    /// </remarks>
    public virtual ValueTask PrepareSyncAsync(SyncBody request, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Called after each sync, in order, with the whole answer. Does nothing by default.</summary>
    /// <param name="report">How the sync went, and why it was made. Its answer is valid until the returned task ends.</param>
    /// <param name="cancellationToken">Cancelled when the time to shut down is over.</param>
    /// <remarks>
    /// The downlink waits for it before it hands over the controls of that answer and before it prepares the next sync, so that tasks that
    /// an answer brings are there before the controls on them. Streams and polls go on. Do not await
    /// <see cref="SyncTrigger.RequestAsync"/> in it: the sync would wait for the call, and the call for the sync;
    /// <see cref="SyncTrigger.Request"/> is fine. An exception is logged and refuses the answer: its controls are not taken, and those with
    /// an id stay pending; what the sync acknowledged stays acknowledged.
    /// </remarks>
    public virtual ValueTask OnSyncedAsync(SyncReport report, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Called at every change of the routes, the state, the server or the cover, in order. Does nothing by default.</summary>
    /// <param name="status">The status since that change.</param>
    /// <param name="cancellationToken">Cancelled when the time to shut down is over.</param>
    /// <remarks>The downlink does not wait for it; of more than 256 changes that wait the oldest are left out. An exception is
    /// logged.</remarks>
    public virtual ValueTask OnStatusChangedAsync(DownlinkStatus status, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
