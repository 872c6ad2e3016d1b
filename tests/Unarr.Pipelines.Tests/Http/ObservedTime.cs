using Microsoft.Extensions.Time.Testing;

namespace Unarr.Pipelines.Tests.Http;

/// <summary>Virtual time that knows which timers live, and tells when one is armed: a test advances only what is awaited.</summary>
internal sealed class ObservedTime : TimeProvider
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly Lock _gate = new();
    private readonly HashSet<ObservedTimer> _live = [];
    private readonly List<(DateTimeOffset At, int Timers, TaskCompletionSource Armed)> _waiters = [];
    private readonly List<(DateTimeOffset At, TaskCompletionSource Disarmed)> _disarmed = [];
    private readonly List<(Type Owner, int After, TaskCompletionSource Armed)> _owned = [];
    private readonly Dictionary<Type, int> _armings = [];

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

    /// <summary>Ends when a timer is armed that is due after the given time from now, or as many of them as are told.</summary>
    public Task ArmedAsync(TimeSpan due, int timers = 1)
    {
        DateTimeOffset at = GetUtcNow() + due;
        var armed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_live.Count(timer => timer.DueAt == at) >= timers)
            {
                return Task.CompletedTask;
            }

            _waiters.Add((at, timers, armed));
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

    /// <summary>How often the timers of a class of the product were armed.</summary>
    public int ArmingsOf<TOwner>()
    {
        lock (_gate)
        {
            return _armings.GetValueOrDefault(typeof(TOwner));
        }
    }

    /// <summary>Ends when the timers of a class of the product were armed more often than that.</summary>
    public Task ArmedByAsync<TOwner>(int after)
    {
        var armed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_armings.GetValueOrDefault(typeof(TOwner)) > after)
            {
                return Task.CompletedTask;
            }

            _owned.Add((typeof(TOwner), after, armed));
        }

        return Signal.Of(armed.Task, $"a timer of {typeof(TOwner).Name}");
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

    private void Count(Type owner)
    {
        lock (_gate)
        {
            int armings = _armings[owner] = _armings.GetValueOrDefault(owner) + 1;
            _owned.Where(waiter => waiter.Owner == owner && armings > waiter.After).ToList().ForEach(waiter => waiter.Armed.TrySetResult());
        }
    }

    private sealed class ObservedTimer(ObservedTime owner, TimerCallback callback, object? state) : ITimer
    {
        // The class whose method, or whose lambda, is called.
        private readonly Type? _class = callback.Method.DeclaringType is { IsNested: true } closure ? closure.DeclaringType
            : callback.Method.DeclaringType;

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

            if (at is not null && _class is not null)
            {
                owner.Count(_class);
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

                foreach ((DateTimeOffset awaited, int timers, TaskCompletionSource armed) in owner._waiters)
                {
                    if (awaited == at && owner._live.Count(timer => timer.DueAt == at) >= timers)
                    {
                        armed.TrySetResult();
                    }
                }
            }
        }
    }
}
