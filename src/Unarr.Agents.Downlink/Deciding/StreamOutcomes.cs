namespace Unarr.Agents.Downlink.Deciding;

/// <summary>Decides what a stream was, from how it ended and what it has shown.</summary>
internal static class StreamOutcomes
{
    /// <summary>How long a stream lives at least that is stable.</summary>
    public static readonly TimeSpan StableAfter = TimeSpan.FromSeconds(60);

    /// <summary>Returns what the stream was. The first row that fits counts.</summary>
    /// <param name="end">How it ended; <see langword="null"/> when it was given up because it was silent.</param>
    /// <param name="stream">What it has shown.</param>
    /// <param name="at">When it ended.</param>
    /// <param name="pollFails">Whether the long-poll fails too.</param>
    /// <param name="failuresLeft">How many more unhealthy streams in a row make a window; <see langword="null"/> without a long-poll that
    /// could take over.</param>
    public static StreamOutcome Of(StreamEnd? end, StreamRecord stream, TimeSpan at, bool pollFails, int? failuresLeft) => end switch
    {
        StreamEnd.Gone => StreamOutcome.Gone,
        StreamEnd.Unauthorized => StreamOutcome.Unauthorized,
        StreamEnd.Proper or StreamEnd.Cut when stream.Lived >= StableAfter => StreamOutcome.Stable,
        StreamEnd.Proper when stream.LivedAnInterval(at) => StreamOutcome.Recycled,
        _ when pollFails => StreamOutcome.Outage,
        StreamEnd.NotOffered when failuresLeft is not null => StreamOutcome.NotOffered,
        _ when failuresLeft <= 1 => StreamOutcome.Repeated,
        _ => StreamOutcome.Unhealthy,
    };
}
