namespace Unarr.Pipelines.Sse;

/// <summary>What a client's timer waits for.</summary>
internal enum ClientTimerPurpose
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The next attempt.</summary>
    Attempt = 1,

    /// <summary>The headers of an answer.</summary>
    Answer = 2,

    /// <summary>The next bytes of a stream.</summary>
    Bytes = 3,
}
