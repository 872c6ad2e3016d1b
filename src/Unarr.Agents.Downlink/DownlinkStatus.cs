namespace Unarr.Agents.Downlink;

/// <summary>How a downlink stands, reported on every change.</summary>
/// <param name="Route">The ways by which a push reaches the agent now.</param>
/// <param name="State">What the downlink is doing.</param>
/// <param name="Mirror">The mirror that serves the stream; <see langword="null"/> while none does.</param>
/// <param name="Reason">Why it came to this, for people.</param>
public sealed record DownlinkStatus(DownlinkRoute Route, DownlinkState State, Uri? Mirror, string Reason)
{
    /// <summary>Since when it stands so.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>When the last frame came; <see langword="null"/> while none has.</summary>
    public DateTimeOffset? LastFrame { get; init; }

    /// <summary>When the long-poll was last answered; <see langword="null"/> while it never was.</summary>
    public DateTimeOffset? LastPoll { get; init; }

    /// <summary>How many streams in a row were unhealthy.</summary>
    public int Failures { get; init; }

    /// <summary>Until when no sync is made, because the control plane asked for that or refuses the API key; <see langword="null"/> as a rule.
    /// It changes without a report of the status: each sync is reported with its own <see cref="SyncReport.Wait"/>.</summary>
    public DateTimeOffset? SyncsWaitUntil { get; init; }

    /// <summary>What went wrong last, for people; <see langword="null"/> while nothing has.</summary>
    public string? LastError { get; init; }

    /// <summary>Whether a push reaches the agent now: over a stream on which frames arrive as they should, or over the long-poll, as far as
    /// is known: one that is open and was not answered yet (<see cref="LastPoll"/>) counts.</summary>
    public bool IsCovered => State == DownlinkState.Live || Route.HasFlag(DownlinkRoute.Poll);
}
