
namespace Unarr.Agents.Hub.Agents;

/// <summary>The keys at one moment, and for each agent that has one what it lets its holder do: never one without the other.</summary>
internal sealed record AgentRoster(IAgentKeys? Keys, IReadOnlyDictionary<string, AgentPass> Passes)
{
    public static AgentRoster Empty { get; } = new(null, new Dictionary<string, AgentPass>());
}
