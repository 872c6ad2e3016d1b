using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Unarr.Agents.Downlink.Observing;

/// <summary>Tells the application what happened: one call at a time, in order, on a task of its own, so that nothing waits for it.</summary>
/// <remarks>An application that takes too long loses the oldest of more than 256; what it throws is logged.</remarks>
internal sealed class Notifications
{
    private const int MaxWaiting = 256;

    private readonly IDownlinkHandler _handler;
    private readonly ILogger _logger;
    private readonly Channel<object> _waiting;
    private long _leftOut;

    public Notifications(IDownlinkHandler handler, ILogger logger)
    {
        _handler = handler;
        _logger = logger;
        var options = new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.DropOldest };
        _waiting = Channel.CreateBounded<object>(options, _ => Interlocked.Increment(ref _leftOut));
    }

    public void Synced(SyncReport report) => _waiting.Writer.TryWrite(report);

    public void StatusChanged(DownlinkStatus status) => _waiting.Writer.TryWrite(status);

    /// <summary>Nothing more is told: <see cref="RunAsync"/> ends after what waits.</summary>
    public void Complete() => _waiting.Writer.TryComplete();

    public async Task RunAsync()
    {
        await foreach (object told in _waiting.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            Tell(told);
            if (Interlocked.Exchange(ref _leftOut, 0) is > 0 and long leftOut)
            {
                DownlinkLog.NotificationsLeftOut(_logger, leftOut);
            }
        }
    }

    private void Tell(object told)
    {
        string notification = told is SyncReport ? nameof(IDownlinkHandler.OnSynced) : nameof(IDownlinkHandler.OnStatusChanged);
        try
        {
            if (told is SyncReport report)
            {
                _handler.OnSynced(report);
            }
            else
            {
                _handler.OnStatusChanged((DownlinkStatus)told);
            }
        }
        catch (Exception exception)
        {
            DownlinkLog.NotificationFailed(_logger, notification, exception);
        }
    }
}
