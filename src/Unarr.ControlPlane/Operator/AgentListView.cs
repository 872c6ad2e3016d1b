namespace Unarr.ControlPlane.Operator;

/// <summary>All agents, ordered by id.</summary>
internal sealed record AgentListView(IReadOnlyList<AgentView> Agents);
