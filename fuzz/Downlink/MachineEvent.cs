using Unarr.Agents.Downlink.Deciding;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>A step that a machine has taken.</summary>
/// <param name="Step">What happened.</param>
/// <param name="HitsStream">Whether it was of the generation that the stream had.</param>
/// <param name="HitsPoll">Whether it was of the generation that the poll had.</param>
/// <param name="EffectsBefore">How many effects there had been before it.</param>
internal readonly record struct MachineEvent(MachineStep Step, bool HitsStream, bool HitsPoll, int EffectsBefore)
{
    private bool IsInput => Step.Passes == TimeSpan.Zero;

    public bool EndsStream => IsInput && HitsStream && Step.Kind == DownlinkInputKind.StreamEnded;

    public bool FailsPoll => IsInput && HitsPoll && Step.Kind == DownlinkInputKind.PollFailed;

    public bool EndsPoll => FailsPoll || (IsInput && HitsPoll && Step.Kind == DownlinkInputKind.PollAnswered);

    /// <summary>Whether it is about a stream or a poll that is no longer the current one, or never was.</summary>
    public bool IsStray => IsInput && Step.Kind switch
    {
        DownlinkInputKind.StreamOpened or DownlinkInputKind.Frames or DownlinkInputKind.StreamEnded => !HitsStream,
        DownlinkInputKind.HandlerBusy or DownlinkInputKind.HandlerFree => !HitsStream,
        DownlinkInputKind.PollAnswered or DownlinkInputKind.PollFailed => !HitsPoll,
        _ => false,
    };
}
