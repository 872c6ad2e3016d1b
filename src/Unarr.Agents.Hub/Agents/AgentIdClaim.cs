namespace Unarr.Agents.Hub.Agents;

/// <summary>Which claim of a user is the agent's id; metadata of the hub's endpoints.</summary>
internal sealed record AgentIdClaim(string Type);
