namespace Unarr.Pipelines.Tests.AspNetCore;

/// <summary>A clock that knows whether its one timer runs.</summary>
internal sealed class CountingTimeProvider : TimeProvider
{
    public bool IsRunning { get; private set; }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        IsRunning = dueTime != Timeout.InfiniteTimeSpan;
        return new Timer(this);
    }

    private sealed class Timer(CountingTimeProvider owner) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            owner.IsRunning = dueTime != Timeout.InfiniteTimeSpan;
            return true;
        }

        public void Dispose() => owner.IsRunning = false;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
