using Unarr.Agents.Protocol;

namespace Unarr.Agents.Downlink;

/// <summary>The application's part of a downlink: derive from this class and override the methods that you need.</summary>
/// <remarks>
/// Controls and events come one call at a time. So do syncs (their preparation and their reports), and so do changes of the status. These
/// three kinds of calls may run at the same time. While a control takes long, streams, polls and syncs go on. The next sync waits until the
/// report of the last one has been handled.
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

    /// <summary>Takes an event of the application's own: one of the stream that is neither a <c>command</c> nor a <c>sync</c>. A handler
    /// that does not override it gets none, and they cost it nothing.</summary>
    /// <param name="downlinkEvent">The event; its data is valid until the returned task ends.</param>
    /// <param name="cancellationToken">As that of <see cref="HandleControlAsync"/>.</param>
    /// <remarks>
    /// Events and controls come one call at a time, in the order of the stream: an event waits for the controls ahead of it. The stream is
    /// not read until the returned task ends, so that a slow handler slows the sender down; the stream is not taken for silent meanwhile.
    /// An event comes at most once, and not at all while no stream is open. An exception is logged, and the next frame is read.
    /// </remarks>
    public virtual ValueTask HandleEventAsync(DownlinkEvent downlinkEvent, CancellationToken cancellationToken) => ValueTask.CompletedTask;

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

    /// <summary>Decides what follows when the control plane refuses an exchange: a stream, a long-poll or a sync was answered with an HTTP
    /// error that is decided, which another server or a little time does not change. By default what the protocol says.</summary>
    /// <param name="refusal">The refusal, with its status, and the error's code, message and details.</param>
    /// <param name="cancellationToken">Cancelled when the downlink ends.</param>
    /// <returns>What follows.</returns>
    /// <remarks>
    /// It is called for each refused exchange, one call at a time; the exchange waits for it. It is not called for answers that ask to come
    /// again later (<c>Retry-After</c>) and for failures of the way (502, 503, 504 and the like). An exception is logged, and counts as
    /// <see cref="RefusalAction.Default"/>.
    /// </remarks>
    public virtual ValueTask<RefusalAction> OnRefusedAsync(DownlinkException refusal, CancellationToken cancellationToken) =>
        ValueTask.FromResult(RefusalAction.Default);
}
