using Unarr.Agents.Hub.Agents;

namespace Unarr.Agents.Hub.Desk;

/// <summary>Which agents there are: those on the application's lists, and where these are not all, those that were here.</summary>
internal sealed class AgentLists(AgentDirectory agents, IEnumerable<IKnownAgents> lists)
{
    private readonly IKnownAgents[] _lists = [.. lists];

    private bool IsComplete => _lists.Length > 0 && Array.TrueForAll(_lists, static list => list.IsComplete);

    /// <summary>Whether there may be an agent of this id.</summary>
    public bool MayExist(string agentId) =>
        AgentId.IsUsable(agentId) && (!IsComplete || Array.Exists(_lists, list => list.Has(agentId)));

    /// <summary>Whether anything is known of an agent of this id.</summary>
    /// <param name="agentId">The id.</param>
    /// <param name="pending">How many controls are pending for it.</param>
    public bool IsKnown(string agentId, int pending) =>
        Array.Exists(_lists, list => list.Has(agentId)) || (!IsComplete && (pending > 0 || agents.Find(agentId) is { HasBeenHere: true }));

    /// <summary>The ids of all agents of which anything is known.</summary>
    public IEnumerable<string> Ids(IReadOnlyDictionary<string, int> pending)
    {
        HashSet<string> ids = new(_lists.SelectMany(list => list.Ids), StringComparer.Ordinal);
        if (!IsComplete)
        {
            ids.UnionWith(agents.All.Where(static agent => agent.HasBeenHere).Select(static agent => agent.Id));
            ids.UnionWith(pending.Where(count => count.Value > 0).Select(count => count.Key));
        }

        return ids.Order(StringComparer.Ordinal);
    }
}
