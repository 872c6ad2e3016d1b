using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Unarr.Agents.Downlink.Observing;

/// <summary>Notifies the application: one call at a time, in order, on a task of its own, so that nothing waits for it.</summary>
/// <remarks>An application that takes too long loses the oldest of more than 256; what it throws is logged.</remarks>
internal sealed class Notifications
{
    private const int MaxWaiting = 256;

    private readonly DownlinkHandler _handler;
    private readonly ILogger _logger;
    private readonly Channel<object> _waiting;
    private long _leftOut;

    public Notifications(DownlinkHandler handler, ILogger logger)
    {
        _handler = handler;
        _logger = logger;
        var options = new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.DropOldest };
        _waiting = Channel.CreateBounded<object>(options, _ => Interlocked.Increment(ref _leftOut));
    }

    public void Synced(SyncReport report) => _waiting.Writer.TryWrite(report);

    public void StatusChanged(DownlinkStatus status) => _waiting.Writer.TryWrite(status);

    /// <summary>Nothing more follows: <see cref="RunAsync"/> ends after what waits.</summary>
    public void Complete() => _waiting.Writer.TryComplete();

    /// <param name="stop">What the application's calls are cancelled by.</param>
    public async Task RunAsync(CancellationToken stop)
    {
        await foreach (object notification in _waiting.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            await NotifyAsync(notification, stop).ConfigureAwait(false);
            if (Interlocked.Exchange(ref _leftOut, 0) is > 0 and long leftOut)
            {
                DownlinkLog.NotificationsLeftOut(_logger, leftOut);
            }
        }
    }

    private async ValueTask NotifyAsync(object notification, CancellationToken stop)
    {
        try
        {
            if (notification is SyncReport report)
            {
                await _handler.OnSyncedAsync(report, stop).ConfigureAwait(false);
            }
            else
            {
                await _handler.OnStatusChangedAsync((DownlinkStatus)notification, stop).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            string name = notification is SyncReport ? nameof(DownlinkHandler.OnSyncedAsync) : nameof(DownlinkHandler.OnStatusChangedAsync);
            DownlinkLog.NotificationFailed(_logger, name, exception);
        }
        catch (OperationCanceledException)
        {
            // The time to shut down is over, and the application has stopped as it was asked to.
        }
    }
}
