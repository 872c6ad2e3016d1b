using Unarr.Agents.Downlink.Deciding;

namespace Unarr.Agents.Downlink.Syncing;

/// <summary>When the next sync is due by itself: an interval after the last one has ended, or before when it was brought forward.
/// Thread-safe.</summary>
internal sealed class SyncClock : IDisposable
{
    private readonly TimeProvider _timeProvider;
    private readonly long _start;
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private TimeSpan _due = DownlinkMachine.Never;
    private TimeSpan _broughtTo = DownlinkMachine.Never;
    private SyncReason _broughtBy;
    private bool _isRunning;

    /// <param name="timeProvider">Where time comes from.</param>
    /// <param name="due">Called when the time has come, with why it was brought forward;
    /// <see langword="null"/> when the interval is over.</param>
    public SyncClock(TimeProvider timeProvider, Action<SyncReason?> due)
    {
        _timeProvider = timeProvider;
        _start = timeProvider.GetTimestamp();
        _timer = timeProvider.CreateTimer(_ => due(BroughtForwardBy), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private TimeSpan Now => _timeProvider.GetElapsedTime(_start);

    private SyncReason? BroughtForwardBy
    {
        get
        {
            lock (_gate)
            {
                return _broughtTo < _due ? _broughtBy : null;
            }
        }
    }

    /// <summary>A sync begins: nothing is due until it has ended, and what was brought forward is this one.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _isRunning = false;
            _broughtTo = DownlinkMachine.Never;
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>A sync has ended: the next is due after the given time, unless it was brought forward meanwhile.</summary>
    public void Start(TimeSpan next)
    {
        lock (_gate)
        {
            _isRunning = true;
            _due = Now + next;
            Arm();
        }
    }

    /// <summary>The next sync is due after the given time at the latest; one that is under way is not the next.</summary>
    public void BringForward(TimeSpan latest, SyncReason reason)
    {
        lock (_gate)
        {
            TimeSpan at = Now + latest;
            if (at < _broughtTo)
            {
                _broughtTo = at;
                _broughtBy = reason;
                if (_isRunning)
                {
                    Arm();
                }
            }
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Arm()
    {
        TimeSpan wait = (_broughtTo < _due ? _broughtTo : _due) - Now;
        _timer.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
