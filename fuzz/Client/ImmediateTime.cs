namespace Unarr.Pipelines.Fuzz.Client;

/// <summary>A clock that stands still, and whose timers are due as soon as they are set.</summary>
internal sealed class ImmediateTime : TimeProvider
{
    public override long GetTimestamp() => Interlocked.Increment(ref _ticks);

    private long _ticks;

    public override long TimestampFrequency => 1_000;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new DueTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class DueTimer(ImmediateTime owner, Action due) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime >= TimeSpan.Zero)
            {
                Interlocked.Add(ref owner._ticks, (long)dueTime.TotalMilliseconds + 1);
                ThreadPool.UnsafeQueueUserWorkItem(_ => due(), null);
            }

            return true;
        }

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
