namespace Unarr.Pipelines.AspNetCore;

/// <summary>The heartbeats of all streams: one timer that goes round once an interval and beats a share of the streams at each
/// step.</summary>
/// <remarks>However many readers reconnect at once, their heartbeats are spread evenly over the interval. A wheel without streams stands
/// still: it has no timer to dispose of.</remarks>
internal sealed class HeartbeatWheel : IDisposable
{
    private const int MaxSlots = 64;
    private static readonly TimeSpan ShortestStep = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();
    private readonly HashSet<IHeartbeatStream>[] _slots;
    private readonly ITimer _timer;
    private readonly TimeSpan _step;
    private long _start;
    private long _steps;
    private int _streams;
    private int _current;
    private int _next;

    public HeartbeatWheel(TimeSpan interval, TimeProvider time)
    {
        int slots = (int)Math.Clamp(interval / ShortestStep, 1, MaxSlots);
        _slots = new HashSet<IHeartbeatStream>[slots];
        for (int i = 0; i < slots; i++)
        {
            _slots[i] = [];
        }

        Interval = interval;
        Time = time;
        _step = interval / slots;
        _timer = time.CreateTimer(
            static state => ((HeartbeatWheel)state!).Step(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The time between two heartbeats of a stream.</summary>
    public TimeSpan Interval { get; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    public void Add(IHeartbeatStream stream)
    {
        lock (_gate)
        {
            stream.Slot = _next;
            _next = (_next + 1) % _slots.Length;
            _slots[stream.Slot].Add(stream);
            if (++_streams == 1)
            {
                (_start, _steps) = (Time.GetTimestamp(), 0);
                _timer.Change(_step, _step);
            }
        }
    }

    public void Remove(IHeartbeatStream stream)
    {
        lock (_gate)
        {
            if (_slots[stream.Slot].Remove(stream) && --_streams == 0)
            {
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }
    }

    public void Dispose() => _timer.Dispose();

    /// <summary>Goes on to where the clock is: a timer that is late skips ticks,
    /// and every heartbeat would be late by all that were ever skipped.</summary>
    private void Step()
    {
        List<IHeartbeatStream>? stuck = null;
        lock (_gate)
        {
            // A tick may be a little early: half a step is near enough.
            long steps = (long)((Time.GetElapsedTime(_start) / _step) + 0.5);
            for (long behind = Math.Min(steps - _steps, _slots.Length); behind > 0; behind--)
            {
                foreach (IHeartbeatStream stream in _slots[_current])
                {
                    if (!stream.Beat())
                    {
                        (stuck ??= []).Add(stream);
                    }
                }

                _current = (_current + 1) % _slots.Length;
            }

            _steps = steps;
        }

        stuck?.ForEach(static stream => stream.Abort());
    }
}
