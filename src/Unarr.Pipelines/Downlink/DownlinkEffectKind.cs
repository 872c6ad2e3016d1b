namespace Unarr.Pipelines.Downlink;

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
    Report,
}
