namespace Unarr.Agents.Downlink;

/// <summary>The reasons for which a sync is made. When several reasons lead to one sync, the first one counts.</summary>
public enum SyncReason
{
    /// <summary>The reason is not known.</summary>
    Unknown = 0,

    /// <summary>The downlink has started.</summary>
    Start = 1,

    /// <summary>The interval has passed.</summary>
    Interval = 2,

    /// <summary>The shorter interval has passed, or somebody has begun to watch.</summary>
    Watching = 3,

    /// <summary>A <c>sync</c> event came on the stream.</summary>
    Event = 4,

    /// <summary>A long-poll was answered with a wake.</summary>
    Wake = 5,

    /// <summary>A stream was opened again or the route changed: the sync fetches what was pushed in the meantime.</summary>
    Reconnect = 6,

    /// <summary>A control was settled: the sync reports it soon, not at the next interval.</summary>
    Acknowledge = 7,

    /// <summary>The application asked for the sync by the <see cref="SyncTrigger"/>.</summary>
    Requested = 8,

    /// <summary>The downlink is ending.</summary>
    Shutdown = 9,
}
