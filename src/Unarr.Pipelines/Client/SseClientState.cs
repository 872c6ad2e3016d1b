namespace Unarr.Pipelines.Sse;

/// <summary>What a client is doing.</summary>
public enum SseClientState
{
    /// <summary>It has not been asked for anything yet.</summary>
    Idle = 0,

    /// <summary>It makes a request, or waits for the answer.</summary>
    Connecting = 1,

    /// <summary>A stream is open.</summary>
    Open = 2,

    /// <summary>It waits for the time of its next attempt.</summary>
    Waiting = 3,

    /// <summary>It has ended, properly or by a failure, and makes no further attempt.</summary>
    Closed = 4,
}
