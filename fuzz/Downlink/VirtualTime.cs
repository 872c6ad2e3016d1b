namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>A clock that a simulation sets.</summary>
internal sealed class VirtualTime : TimeProvider
{
    public TimeSpan Now { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Now.Ticks;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + Now;
}
