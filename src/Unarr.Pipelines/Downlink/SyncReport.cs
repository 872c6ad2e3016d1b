namespace Unarr.Pipelines.Downlink;

/// <summary>How one sync went.</summary>
/// <param name="Reason">Why it was made.</param>
/// <param name="Controls">How many controls its answer held; 0 when it failed.</param>
/// <param name="Error">What went wrong; <see langword="null"/> when nothing did.</param>
public sealed record SyncReport(SyncReason Reason, int Controls, Exception? Error)
{
    /// <summary>Whether the sync succeeded.</summary>
    public bool Succeeded => Error is null;
}
