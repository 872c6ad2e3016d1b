namespace Unarr.Agents.Downlink;

/// <summary>Why a sync is made; of several that became one, the first.</summary>
public enum SyncReason
{
    /// <summary>The downlink has started.</summary>
    Start = 0,

    /// <summary>The interval has passed.</summary>
    Interval,

    /// <summary>The shorter interval has passed, or somebody has begun to watch.</summary>
    Watching,

    /// <summary>A <c>sync</c> event came on the stream.</summary>
    Event,

    /// <summary>A long-poll was answered with a wake.</summary>
    Wake,

    /// <summary>A stream was opened again or the route changed: what was pushed into the gap is fetched.</summary>
    Reconnect,

    /// <summary>The downlink is ending.</summary>
    Shutdown,

    /// <summary>A control was settled: the control plane is told soon, not at the next interval.</summary>
    Acknowledge,
}
