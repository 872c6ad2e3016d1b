using Unarr.Agents.Protocol;

namespace Unarr.Agents.Hub.Agents;

/// <summary>What a stream is to write next.</summary>
/// <param name="Controls">Controls, in order; they fit one command.</param>
/// <param name="HasMore">Whether more are to be written after them.</param>
/// <param name="SyncReason">Why the agent is asked for a sync; <see langword="null"/> when it is not.</param>
internal readonly record struct StreamBatch(IReadOnlyList<Control> Controls, bool HasMore = false, string? SyncReason = null)
{
    public static StreamBatch Nothing { get; } = new([]);
}
