namespace Unarr.Agents.Hub.Signals;

/// <summary>What the other nodes have answered.</summary>
/// <param name="Others">Their agents; one that was on several nodes is here several times.</param>
/// <param name="Silent">The names of the nodes that have not answered within a second.</param>
internal sealed record FleetView(IReadOnlyList<AgentInfo> Others, IReadOnlyList<string> Silent)
{
    public ILookup<string, AgentInfo> ById { get; } = Others.ToLookup(static agent => agent.Id, StringComparer.Ordinal);
}
