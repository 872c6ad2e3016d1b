using Microsoft.Extensions.Time.Testing;

namespace Unarr.Pipelines.Tests.Http;

/// <summary>Virtual time that knows which timers live, and tells when one is armed: a test advances only what is awaited.</summary>
internal sealed class ObservedTime : TimeProvider
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly Lock _gate = new();
    private readonly HashSet<ObservedTimer> _live = [];
    private readonly List<(DateTimeOffset At, TaskCompletionSource Armed)> _waiters = [];
    private readonly List<(DateTimeOffset At, TaskCompletionSource Disarmed)> _disarmed = [];

    public int LiveTimers
    {
        get
        {
            lock (_gate)
            {
                return _live.Count;
            }
        }
    }

    public override long TimestampFrequency => _time.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => _time.GetUtcNow();

    public override long GetTimestamp() => _time.GetTimestamp();

    public void Advance(TimeSpan time) => _time.Advance(time);

    /// <summary>Ends when a timer is armed that is due after the given time from now.</summary>
    public Task ArmedAsync(TimeSpan due)
    {
        DateTimeOffset at = GetUtcNow() + due;
        var armed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_live.Any(timer => timer.DueAt == at))
            {
                return Task.CompletedTask;
            }

            _waiters.Add((at, armed));
        }

        return Signal.Of(armed.Task, $"a timer due in {due}");
    }

    /// <summary>Ends when no timer is armed any more that is due after the given time from now.</summary>
    public Task DisarmedAsync(TimeSpan due)
    {
        DateTimeOffset at = GetUtcNow() + due;
        var disarmed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_live.All(timer => timer.DueAt != at))
            {
                return Task.CompletedTask;
            }

            _disarmed.Add((at, disarmed));
        }

        return Signal.Of(disarmed.Task, $"the end of the timer due in {due}");
    }

    /// <summary>Waits for the timer that is due then, and lets the time pass.</summary>
    public async Task PassAsync(TimeSpan due)
    {
        await ArmedAsync(due);
        Advance(due);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ObservedTimer(this, callback, state);
        lock (_gate)
        {
            _live.Add(timer);
        }

        timer.Start(dueTime, period);
        return timer;
    }

    private sealed class ObservedTimer(ObservedTime owner, TimerCallback callback, object? state) : ITimer
    {
        private ITimer? _timer;

        public DateTimeOffset? DueAt { get; private set; }

        public void Start(TimeSpan dueTime, TimeSpan period)
        {
            _timer = owner._time.CreateTimer(Fire, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            Change(dueTime, period);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            // Noted after it is armed: whoever hears of it may let the time pass at once.
            Note(null);
            DateTimeOffset? at = dueTime == Timeout.InfiniteTimeSpan ? null : owner.GetUtcNow() + dueTime;
            bool changed = _timer!.Change(dueTime, period);
            if (at > owner.GetUtcNow())
            {
                Note(at);
            }

            return changed;
        }

        public void Dispose()
        {
            lock (owner._gate)
            {
                owner._live.Remove(this);
            }

            _timer?.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Fire(object? _)
        {
            Note(null);
            callback(state);
        }

        private void Note(DateTimeOffset? at)
        {
            lock (owner._gate)
            {
                DateTimeOffset? before = DueAt;
                DueAt = at;
                foreach ((DateTimeOffset awaited, TaskCompletionSource disarmed) in owner._disarmed)
                {
                    if (awaited == before && awaited != at)
                    {
                        disarmed.TrySetResult();
                    }
                }

                foreach ((DateTimeOffset awaited, TaskCompletionSource armed) in owner._waiters)
                {
                    if (awaited == at)
                    {
                        armed.TrySetResult();
                    }
                }
            }
        }
    }
}
