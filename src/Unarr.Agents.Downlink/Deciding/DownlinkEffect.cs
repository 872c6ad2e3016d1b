namespace Unarr.Agents.Downlink.Deciding;

/// <summary>One thing that a downlink machine wants done.</summary>
/// <param name="Kind">What.</param>
/// <param name="Generation">On which stream or poll.</param>
internal readonly record struct DownlinkEffect(DownlinkEffectKind Kind, int Generation = 0)
{
    /// <summary>The mirror to move off (<see cref="DownlinkEffectKind.MoveStream"/>).</summary>
    public Uri? Mirror { get; init; }

    /// <summary>Why to sync (<see cref="DownlinkEffectKind.Sync"/>).</summary>
    public SyncReason Reason { get; init; }

    /// <summary>What to report (<see cref="DownlinkEffectKind.Report"/>).</summary>
    public MachineStatus? Status { get; init; }
}
