namespace Unarr.Pipelines.AspNetCore;

/// <summary>What happens when a reader of a broadcast has <see cref="SseBroadcastOptions.MaxUnsentEvents"/> events to take and one more
/// is sent.</summary>
public enum SseOverflow
{
    /// <summary>The reader's connection is cut. The reader connects again, with its last event id.</summary>
    Disconnect = 0,

    /// <summary>The oldest unsent event of this reader is dropped.</summary>
    DropOldest = 1,

    /// <summary>The new event is dropped for this reader.</summary>
    DropNewest = 2,
}
