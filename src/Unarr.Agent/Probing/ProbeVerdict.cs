namespace Unarr.Agent.Probing;

/// <summary>What a path does to a stream. The value is the exit code.</summary>
internal enum ProbeVerdict
{
    /// <summary>What is sent arrives at once.</summary>
    Streams = 0,

    /// <summary>It arrives late, but while the stream goes on.</summary>
    Delayed = 10,

    /// <summary>The first bytes arrive, and then no more.</summary>
    PreambleThenBuffered = 11,

    /// <summary>Nothing arrives before the response ends.</summary>
    BufferedUntilTheEnd = 12,

    /// <summary>An answer, but no event stream that can be read.</summary>
    NoStream = 13,

    /// <summary>No connection, or no answer on it.</summary>
    Unreachable = 14,

    /// <summary>The server is there, and too little came to say what the path does.</summary>
    Unknown = 15,

    /// <summary>Each piece arrives only when the next one is sent.</summary>
    OnePieceBehind = 16,
}
