namespace Unarr.Agents.Downlink;

/// <summary>How one sync went.</summary>
public sealed class SyncReport
{
    /// <summary>Why the sync was made.</summary>
    public SyncReason Reason { get; init; }

    /// <summary>How many controls its answer held; 0 when it failed.</summary>
    public int ControlCount { get; init; }

    /// <summary>What went wrong; <see langword="null"/> when nothing did. Where the application's
    /// <see cref="DownlinkHandler.PrepareSyncAsync"/> threw, that is the inner exception.</summary>
    public DownlinkException? Error { get; init; }

    /// <summary>How long no further sync is made, because the control plane asked for that or refuses the API key;
    /// zero as a rule.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>Whether the sync succeeded.</summary>
    public bool Succeeded => Error is null;
}
