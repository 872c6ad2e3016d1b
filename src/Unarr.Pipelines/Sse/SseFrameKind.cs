namespace Unarr.Pipelines.Sse;

/// <summary>The kinds of frames.</summary>
public enum SseFrameKind
{
    /// <summary>The default value: there is no frame.</summary>
    None = 0,

    /// <summary>An event: it has a type, data and, in <see cref="SseDialect.Html"/>, the last event id in force.</summary>
    Event = 1,

    /// <summary>A comment line, the usual heartbeat. It is delivered at once, also from the middle of an event.</summary>
    Comment = 2,

    /// <summary>A reconnection time (<see cref="SseDialect.Html"/> only).</summary>
    Retry = 3,
}
