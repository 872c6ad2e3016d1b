using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Unarr.Agents.Downlink.Observing;

/// <summary>Reports changes of the status to the application: one call at a time, in order, on a task of its own, so that nothing waits for
/// it.</summary>
/// <remarks>An application that takes too long loses the oldest of more than 256; what it throws is logged.</remarks>
internal sealed class Notifications
{
    private const int MaxWaiting = 256;

    private readonly DownlinkHandler _handler;
    private readonly ILogger _logger;
    private readonly Channel<DownlinkStatus> _waiting;
    private long _leftOut;

    public Notifications(DownlinkHandler handler, ILogger logger)
    {
        _handler = handler;
        _logger = logger;
        var options = new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.DropOldest };
        _waiting = Channel.CreateBounded<DownlinkStatus>(options, _ => Interlocked.Increment(ref _leftOut));
    }

    public void StatusChanged(DownlinkStatus status) => _waiting.Writer.TryWrite(status);

    /// <summary>Nothing more follows: <see cref="RunAsync"/> ends after what waits.</summary>
    public void Complete() => _waiting.Writer.TryComplete();

    /// <param name="stop">What the application's calls are cancelled by.</param>
    public async Task RunAsync(CancellationToken stop)
    {
        await foreach (DownlinkStatus status in _waiting.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            await NotifyAsync(status, stop).ConfigureAwait(false);
            if (Interlocked.Exchange(ref _leftOut, 0) is > 0 and long leftOut)
            {
                DownlinkLog.NotificationsLeftOut(_logger, leftOut);
            }
        }
    }

    private async ValueTask NotifyAsync(DownlinkStatus status, CancellationToken stop)
    {
        try
        {
            await _handler.OnStatusChangedAsync(status, stop).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            DownlinkLog.NotificationFailed(_logger, nameof(DownlinkHandler.OnStatusChangedAsync), exception);
        }
        catch (OperationCanceledException)
        {
            // The time to shut down is over, and the application has stopped as it was asked to.
        }
    }
}
