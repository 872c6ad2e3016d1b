namespace Unarr.Pipelines.AspNetCore;

/// <summary>The bounds of a broadcast.</summary>
/// <remarks>The constructor of <see cref="SseBroadcast"/> checks and copies them: a later change has no effect.</remarks>
public sealed class SseBroadcastOptions
{
    private const int MinReplayBytes = 1024;

    /// <summary>
    /// How many events may wait for one reader: events that were sent and that its response has not taken yet. At least 1. Default: 64.
    /// </summary>
    /// <remarks>Choose it larger than the largest burst of events that is sent without a pause.</remarks>
    public int MaxUnsentEvents { get; set; } = 64;

    /// <summary>What happens when one more event is sent. Default: <see cref="SseOverflow.Disconnect"/>.</summary>
    public SseOverflow Overflow { get; set; }

    /// <summary>
    /// The time between two heartbeats of a reader's stream. A reader that takes nothing for two of them is cut. From 10 milliseconds to
    /// one day. Default: 15 seconds.
    /// </summary>
    public TimeSpan Heartbeat { get; set; } = HeartbeatRange.Default;

    /// <summary>
    /// How many bytes a replay may write for one reader; they are held until the reader has taken them. At least 1,024. Default: 4 MiB.
    /// </summary>
    /// <remarks>A writer that passes the bound gets an <see cref="InvalidOperationException"/>, and the stream is aborted.</remarks>
    public int MaxReplayBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>Throws when an option cannot be used.</summary>
    /// <returns>A copy.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    internal static SseBroadcastOptions Checked(SseBroadcastOptions? options)
    {
        options ??= new SseBroadcastOptions();
        if (options.MaxUnsentEvents < 1)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.MaxUnsentEvents, $"{nameof(MaxUnsentEvents)} must be at least 1.");
        }

        if (options.Overflow is not (SseOverflow.Disconnect or SseOverflow.DropOldest or SseOverflow.DropNewest))
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Overflow, $"{nameof(Overflow)} is not a defined policy.");
        }

        HeartbeatRange.ThrowIfOutside(options.Heartbeat, nameof(Heartbeat), nameof(options));
        if (options.MaxReplayBytes < MinReplayBytes)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.MaxReplayBytes, $"{nameof(MaxReplayBytes)} must be at least {MinReplayBytes}.");
        }

        return new SseBroadcastOptions
        {
            MaxUnsentEvents = options.MaxUnsentEvents,
            Overflow = options.Overflow,
            Heartbeat = options.Heartbeat,
            MaxReplayBytes = options.MaxReplayBytes,
        };
    }
}
