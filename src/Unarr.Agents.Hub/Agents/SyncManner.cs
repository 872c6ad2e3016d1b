namespace Unarr.Agents.Hub.Agents;

/// <summary>How the agent of a sync keeps its controls in order.</summary>
/// <param name="After">The last control that it has taken in, empty when none; <see langword="null"/> when it does not say it.</param>
/// <param name="Acknowledges">Whether it lists what it has applied: its controls stay pending until then.</param>
internal readonly record struct SyncManner(string? After, bool Acknowledges)
{
    /// <summary>Whether what it lists was stored.</summary>
    public bool IsStored { get; init; } = true;
}
