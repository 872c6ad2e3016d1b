namespace Unarr.Agents.Downlink.Deciding;

/// <summary>What a downlink machine wants done.</summary>
internal enum DownlinkEffectKind
{
    OpenStream,
    CloseStream,

    /// <summary>Open the next stream on another mirror than the one whose stream was no good.</summary>
    MoveStream,

    /// <summary>Ask once; the answer is an input.</summary>
    StartPoll,
    StopPoll,
    Sync,

    /// <summary>The API key was refused and is accepted again: nothing need wait for that any longer.</summary>
    KeyAccepted,

    /// <summary>The agent is parked: no sync until they are resumed.</summary>
    ParkSyncs,

    /// <summary>One sync now, and then as usual.</summary>
    ResumeSyncs,
    Report,
}
