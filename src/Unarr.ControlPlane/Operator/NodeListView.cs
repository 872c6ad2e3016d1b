namespace Unarr.ControlPlane.Operator;

/// <summary>All nodes, ordered by name; empty for a control plane that is the only one.</summary>
internal sealed record NodeListView(IReadOnlyList<NodeView> Nodes);
