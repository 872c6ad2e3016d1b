using Unarr.Agents.Downlink.ControlPlane;

namespace Unarr.Agents.Downlink.Deciding;

/// <summary>One thing that happened to a downlink.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="At">When, since the downlink's start.</param>
/// <param name="Generation">To which stream or poll; one that is no longer the current one is ignored.</param>
internal readonly record struct DownlinkInput(DownlinkInputKind Kind, TimeSpan At = default, int Generation = 0)
{
    /// <summary>The mirror that serves the stream (<see cref="DownlinkInputKind.StreamOpened"/>); the one that has refused it
    /// (<see cref="DownlinkInputKind.StreamEnded"/>), so that none of the others was asked.</summary>
    public Uri? Mirror { get; init; }

    /// <summary>How many of the frames were comments that may be heartbeats, not right behind an event
    /// (<see cref="DownlinkInputKind.Frames"/>).</summary>
    public int Comments { get; init; }

    /// <summary>Whether the first of the frames is a comment, counted among those (<see cref="DownlinkInputKind.Frames"/>).</summary>
    public bool BeginsWithComment { get; init; }

    /// <summary>Whether the last of the frames is an event (<see cref="DownlinkInputKind.Frames"/>).</summary>
    public bool EndsWithEvent { get; init; }

    /// <summary>The heartbeat interval that a comment told (<see cref="DownlinkInputKind.Frames"/>); zero when none did.</summary>
    public TimeSpan ToldHeartbeat { get; init; }

    /// <summary>How the stream ended (<see cref="DownlinkInputKind.StreamEnded"/>).</summary>
    public StreamEnd End { get; init; }

    /// <summary>The sync before this one had failed (<see cref="DownlinkInputKind.Synced"/>).</summary>
    public bool Again { get; init; }

    /// <summary>When the sync began (<see cref="DownlinkInputKind.Synced"/>, <see cref="DownlinkInputKind.SyncRefused"/>).</summary>
    public TimeSpan Begun { get; init; }

    /// <summary>When a new control last came, by any route; <see langword="null"/> while none has.</summary>
    public TimeSpan? ControlsCame { get; init; }

    /// <summary>How the poll failed (<see cref="DownlinkInputKind.PollFailed"/>).</summary>
    public PollFailure Failure { get; init; }

    /// <summary>The mark of the key that was refused (<see cref="StreamEnd.Unauthorized"/>,
    /// <see cref="PollFailure.Unauthorized"/>).</summary>
    public KeyStamp? RefusedKey { get; init; }

    /// <summary>How long the server asked to be left alone; zero when it did not.</summary>
    public TimeSpan RetryAfter { get; init; }

    /// <summary>What a poll was answered (<see cref="DownlinkInputKind.PollAnswered"/>).</summary>
    public bool Wake { get; init; }

    /// <summary>Why something ended or failed, for people; of a stream that was opened, why other mirrors did not.</summary>
    public string Detail { get; init; } = "";
}
