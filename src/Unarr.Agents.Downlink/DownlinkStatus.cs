namespace Unarr.Agents.Downlink;

/// <summary>The status of a downlink.</summary>
public sealed class DownlinkStatus
{
    /// <summary>Whether a push reaches the agent now: over a stream on which frames arrive as they should, or over a long-poll that the
    /// server has answered since polling began. A server that takes a poll and has not answered any yet covers nothing.</summary>
    public bool IsCovered { get; init; }

    /// <summary>The routes that are open for pushes.</summary>
    public DownlinkRoutes Routes { get; init; }

    /// <summary>What the downlink is doing.</summary>
    public DownlinkState State { get; init; }

    /// <summary>Since when routes, state and server are what they are.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>The server that serves the stream; <see langword="null"/> while none does.</summary>
    public Uri? Server { get; init; }

    /// <summary>Why the downlink came to this status, for people.</summary>
    public string Reason { get; init; } = "";

    /// <summary>When the last frame came; <see langword="null"/> while none has.</summary>
    public DateTimeOffset? LastFrame { get; init; }

    /// <summary>When the long-poll was last answered; <see langword="null"/> while it never was.</summary>
    public DateTimeOffset? LastPoll { get; init; }

    /// <summary>When a sync last succeeded; <see langword="null"/> while none has.</summary>
    public DateTimeOffset? LastSync { get; init; }

    /// <summary>Until when no sync is made, because the control plane asked for that or refuses the API key;
    /// <see langword="null"/> as a rule. It changes without a report of the status:
    /// each sync is reported with its own <see cref="SyncReport.Wait"/>.</summary>
    public DateTimeOffset? SyncsWaitUntil { get; init; }

    /// <summary>How many streams in a row were unhealthy.</summary>
    public int Failures { get; init; }

    /// <summary>What went wrong last, for people; <see langword="null"/> while nothing has.</summary>
    public string? LastError { get; init; }
}
