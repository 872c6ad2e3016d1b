namespace Unarr.Agents.Downlink;

/// <summary>How one sync went.</summary>
/// <param name="Reason">Why it was made.</param>
/// <param name="Controls">How many controls its answer held; 0 when it failed.</param>
/// <param name="Error">What went wrong; <see langword="null"/> when nothing did.</param>
public sealed record SyncReport(SyncReason Reason, int Controls, Exception? Error)
{
    /// <summary>How long no further sync is made, because the control plane asked for that or refuses the API key; zero as a rule.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>Whether the sync succeeded.</summary>
    public bool Succeeded => Error is null;
}
