using System.Collections.Concurrent;

namespace Unarr.Agents.Hub.Agents;

/// <summary>What the store has kept of agents since before the start. Any thread.</summary>
internal sealed class AgentMemory
{
    /// <summary>How much older the kept time of an agent may be that is here all the time.</summary>
    public static readonly TimeSpan SeenWithin = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, RememberedAgent> _kept = new(StringComparer.Ordinal);

    /// <summary>Takes what the store has.</summary>
    public void Load(IEnumerable<RememberedAgent> agents)
    {
        foreach (RememberedAgent agent in agents)
        {
            _kept.TryAdd(agent.Id, agent);
        }
    }

    /// <summary>An agent that has not been here, or has not synced, with what was known of it before.</summary>
    public AgentInfo Fill(AgentInfo agent)
    {
        if (agent.LastSync is not null || !_kept.TryGetValue(agent.Id, out RememberedAgent? kept))
        {
            return agent;
        }

        return agent with
        {
            ReportedId = Or(agent.ReportedId, kept.ReportedId),
            Name = Or(agent.Name, kept.Name),
            Version = Or(agent.Version, kept.Version),
            Os = Or(agent.Os, kept.Os),
            Arch = Or(agent.Arch, kept.Arch),
            LastSeen = agent.LastSeen ?? kept.LastSeen,
            LastSync = kept.LastSync,
            IsRemembered = agent.LastSeen is null,
        };
    }

    /// <summary>Which of some agents are to be written, because they are other than the store has them.</summary>
    /// <param name="agents">The agents as they are now.</param>
    /// <param name="exactly">Whether the time when an agent was here last counts to the moment.</param>
    public List<RememberedAgent> Changed(IEnumerable<AgentInfo> agents, bool exactly) =>
    [
        .. agents.Where(static agent => agent is { IsRemembered: false, LastSeen: not null }).Select(RememberedAgent.From)
            .Where(now => !_kept.TryGetValue(now.Id, out RememberedAgent? kept) || IsOther(kept, now, exactly)),
    ];

    /// <summary>Notes that the store has them now.</summary>
    public void Kept(IEnumerable<RememberedAgent> agents)
    {
        foreach (RememberedAgent agent in agents)
        {
            _kept[agent.Id] = agent;
        }
    }

    /// <summary>Forgets an agent.</summary>
    public void Forget(string agentId) => _kept.TryRemove(agentId, out _);

    private static bool IsOther(RememberedAgent kept, RememberedAgent now, bool exactly) =>
        (exactly || now.LastSeen - kept.LastSeen >= SeenWithin || kept.LastSync is null) ? kept != now
            : kept with { LastSeen = now.LastSeen, LastSync = now.LastSync } != now;

    private static string Or(string text, string other) => text.Length > 0 ? text : other;
}
