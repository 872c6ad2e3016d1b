namespace Unarr.Agents.Hub.Signals;

/// <summary>The clock of what is stored: the nodes of a hub have one, whatever their own clocks say.</summary>
internal sealed class HubClock(TimeProvider time) : TimeProvider
{
    private long _offsetTicks;

    /// <summary>How far this node's clock is behind the one that counts.</summary>
    public TimeSpan Offset
    {
        get => new(Interlocked.Read(ref _offsetTicks));
        set => Interlocked.Exchange(ref _offsetTicks, value.Ticks);
    }

    /// <summary>This node's own clock.</summary>
    public TimeProvider Own => time;

    public override long TimestampFrequency => time.TimestampFrequency;

    public override long GetTimestamp() => time.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + Offset;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        time.CreateTimer(callback, state, dueTime, period);
}
