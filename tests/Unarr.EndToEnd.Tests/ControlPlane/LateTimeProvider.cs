using Microsoft.Extensions.Time.Testing;

namespace Unarr.EndToEnd.Tests.ControlPlane;

/// <summary>A clock whose one timer ticks when it is told to, however long ago it was due, as a busy machine's does.</summary>
internal sealed class LateTimeProvider : TimeProvider
{
    private readonly FakeTimeProvider _clock = new();
    private Action? _tick;

    public override long TimestampFrequency => _clock.TimestampFrequency;

    public override long GetTimestamp() => _clock.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => _clock.GetUtcNow();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        _tick = () => callback(state);
        return _clock.CreateTimer(_ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void TickAfter(TimeSpan time)
    {
        _clock.Advance(time);
        _tick!();
    }
}
