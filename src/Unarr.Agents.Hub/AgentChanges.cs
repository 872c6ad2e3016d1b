namespace Unarr.Agents.Hub;

/// <summary>What changed among the agents.</summary>
public sealed class AgentChanges
{
    /// <summary>The agents that are new or other than before, by id.</summary>
    public IReadOnlyList<AgentInfo> Changed { get; init; } = [];

    /// <summary>The ids of the agents that are no more.</summary>
    public IReadOnlyList<string> Removed { get; init; } = [];
}
