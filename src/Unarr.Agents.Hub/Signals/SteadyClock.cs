
namespace Unarr.Agents.Hub.Signals;

/// <summary>A clock that nobody sets: what the wall clock said at its start, and the time that has passed since.</summary>
/// <remarks>Moments of it are in order and their distances are right, also when the wall clock is set in between.</remarks>
internal sealed class SteadyClock(TimeProvider time) : TimeProvider
{
    // Smaller differences are the two clocks' own: what is shown does not change by them.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(500);

    private readonly DateTimeOffset _start = time.GetUtcNow();
    private readonly long _startTimestamp = time.GetTimestamp();
    private long _offsetTicks;

    public override long TimestampFrequency => time.TimestampFrequency;

    public override long GetTimestamp() => time.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => _start + time.GetElapsedTime(_startTimestamp);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        time.CreateTimer(callback, state, dueTime, period);

    /// <summary>What the wall clock, as it is set now, would have said at a moment of this clock.</summary>
    public DateTimeOffset ToWall(DateTimeOffset moment)
    {
        TimeSpan offset = time.GetUtcNow() - GetUtcNow();
        TimeSpan used = new(Interlocked.Read(ref _offsetTicks));
        if ((offset - used).Duration() > Tolerance)
        {
            Interlocked.Exchange(ref _offsetTicks, offset.Ticks);
            used = offset;
        }

        return moment + used;
    }

    /// <summary>Now, as <see cref="ToWall"/> says it.</summary>
    public DateTimeOffset WallNow() => ToWall(GetUtcNow());
}
