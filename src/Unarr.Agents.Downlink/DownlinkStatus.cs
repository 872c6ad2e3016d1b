namespace Unarr.Agents.Downlink;

/// <summary>The status of a downlink.</summary>
public sealed class DownlinkStatus
{
    /// <summary>Whether a push reaches the agent now: over a stream on which frames arrive as they should, or over a long-poll that the
    /// server has answered since polling began. A server that takes polls and has answered none of them covers nothing.</summary>
    public bool IsCovered { get; init; }

    /// <summary>The routes that are open for pushes.</summary>
    public DownlinkRoutes Routes { get; init; }

    /// <summary>The state of the downlink.</summary>
    public DownlinkState State { get; init; }

    /// <summary>The time of the last change of routes, state or server.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>The server that serves the stream; <see langword="null"/> while no server does.</summary>
    public Uri? Server { get; init; }

    /// <summary>Why the downlink came to this status, for people.</summary>
    public string Reason { get; init; } = "";

    /// <summary>When the last frame came; <see langword="null"/> before the first frame.</summary>
    public DateTimeOffset? LastFrame { get; init; }

    /// <summary>When the long-poll was last answered; <see langword="null"/> before its first answer.</summary>
    public DateTimeOffset? LastPoll { get; init; }

    /// <summary>When a sync last succeeded; <see langword="null"/> before the first success.</summary>
    public DateTimeOffset? LastSync { get; init; }

    /// <summary>The time until which the downlink makes no sync, because the control plane asked for that or refuses the API key; otherwise
    /// <see langword="null"/>. A change of this property is not reported as a change of the status:
    /// each sync is reported with its own <see cref="SyncReport.Wait"/>.</summary>
    public DateTimeOffset? SyncsWaitUntil { get; init; }

    /// <summary>The number of unhealthy streams in a row.</summary>
    public int Failures { get; init; }

    /// <summary>The last failure, for people; <see langword="null"/> before the first one.</summary>
    public string? LastError { get; init; }
}
