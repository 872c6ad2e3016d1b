using Unarr.Agents.Hub.Signals;

namespace Unarr.ControlPlane.Operator;

/// <summary>A node of the fleet.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">The version of its program.</param>
/// <param name="Agents">How many agents it can reach.</param>
/// <param name="State"><c>ok</c>, <c>degraded</c> or <c>silent</c>.</param>
/// <param name="Trouble">Why it is degraded.</param>
/// <param name="Keys">The digest of its keys.</param>
/// <param name="KeysDiffer">Whether its keys are other than those of the node that was asked.</param>
internal sealed record NodeView(
    string Name, string Version, int Agents, string State, string? Trouble, string Keys, bool KeysDiffer)
{
    public static NodeView From(NodeInfo node, string ownKeys) => new(
        node.Name, node.Version, node.Agents, node.IsSilent ? "silent" : node.Trouble is null ? "ok" : "degraded", node.Trouble, node.Keys,
        node.Keys != ownKeys);
}
