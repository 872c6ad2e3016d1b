namespace Unarr.Pipelines.Sse;

/// <summary>What a frame is.</summary>
public enum SseFrameKind
{
    /// <summary>No frame: the default value.</summary>
    None = 0,

    /// <summary>An event: type, data and, in <see cref="SseDialect.WhatWg"/>, the last event id in force.</summary>
    Event,

    /// <summary>A comment line, the usual heartbeat: delivered at once, also from the middle of an event.</summary>
    Comment,

    /// <summary>A reconnection time (<see cref="SseDialect.WhatWg"/> only).</summary>
    Retry,
}
