namespace Unarr.Agents.Hub.Agents;

/// <summary>An agent at one moment.</summary>
internal sealed record AgentStatus(
    string Id,
    AgentRoute Route,
    DateTimeOffset? RouteSince,
    DateTimeOffset? LastSeen,
    DateTimeOffset? LastSync,
    bool Watching,
    AgentDescription Description);
