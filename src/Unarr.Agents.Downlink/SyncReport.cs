namespace Unarr.Agents.Downlink;

/// <summary>The result of one sync.</summary>
public sealed class SyncReport
{
    /// <summary>The reason for which the sync was made.</summary>
    public SyncReason Reason { get; init; }

    /// <summary>The number of controls in the answer; 0 when the sync failed.</summary>
    public int ControlCount { get; init; }

    /// <summary>The failure; <see langword="null"/> when the sync succeeded. When the application's
    /// <see cref="DownlinkHandler.PrepareSyncAsync"/> threw, its exception is the inner exception.</summary>
    public DownlinkException? Error { get; init; }

    /// <summary>How long the downlink makes no further sync, because the control plane asked for that or refuses the API key;
    /// otherwise zero.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>Whether the sync succeeded.</summary>
    public bool Succeeded => Error is null;
}
