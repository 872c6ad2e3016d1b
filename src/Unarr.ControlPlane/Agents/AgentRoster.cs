using Unarr.ControlPlane.Keys;

namespace Unarr.ControlPlane.Agents;

/// <summary>The keys at one moment, and for each agent that has one what it lets its holder do: never one without the other.</summary>
internal sealed record AgentRoster(ApiKeys Keys, IReadOnlyDictionary<string, AgentPass> Passes)
{
    public static AgentRoster Empty { get; } = new(ApiKeys.None, new Dictionary<string, AgentPass>());
}
