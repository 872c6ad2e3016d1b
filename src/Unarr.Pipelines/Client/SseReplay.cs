namespace Unarr.Pipelines.Sse;

/// <summary>Which requests may be sent again after a stream has ended or broken off.</summary>
/// <remarks>The method of the next attempt's request decides. A request that the server did not process (425, 429, 503, or a connection
/// that was never made) is sent again whatever its method is.</remarks>
public enum SseReplay
{
    /// <summary>Requests whose method is idempotent: GET, HEAD, PUT, DELETE, OPTIONS, REPORT and others, but not POST.</summary>
    Idempotent = 0,

    /// <summary>Requests whose method is idempotent, and every other one once the stream has a last event id.</summary>
    WithLastEventId = 1,

    /// <summary>Every request.</summary>
    Always = 2,

    /// <summary>No request.</summary>
    Never = 3,
}
