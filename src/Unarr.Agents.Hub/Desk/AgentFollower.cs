using System.Runtime.CompilerServices;
using Unarr.Agents.Hub.Agents;

namespace Unarr.Agents.Hub.Desk;

/// <summary>Follows the agents for one reader: nothing is queued, and what is returned is the agents as they are when the reader
/// asks.</summary>
internal sealed class AgentFollower(AgentDirectory agents, Func<CancellationToken, Task<IReadOnlyList<AgentInfo>>> list, bool looksAgain)
{
    /// <summary>The shortest time between two changes: "at most five times a second".</summary>
    public static readonly TimeSpan ShortestGap = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, AgentInfo> _known = new(StringComparer.Ordinal);

    public async IAsyncEnumerable<AgentChanges> FollowAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        bool isFirst = true;
        while (true)
        {
            Task changed = agents.Changes.Next;
            long asked = agents.Clock.GetTimestamp();
            AgentChanges changes = Take(await list(cancellationToken).ConfigureAwait(false));
            if (isFirst || changes.Changed.Count > 0 || changes.Removed.Count > 0)
            {
                isFirst = false;
                yield return changes;
            }

            await WaitAsync(changed, cancellationToken).ConfigureAwait(false);
            TimeSpan gap = ShortestGap - agents.Clock.GetElapsedTime(asked);
            if (gap > TimeSpan.Zero)
            {
                await Task.Delay(gap, agents.Clock, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>What changes on other nodes changes nothing here: that is seen by looking.</summary>
    private async Task WaitAsync(Task changed, CancellationToken cancellationToken)
    {
        if (looksAgain)
        {
            await changed.WaitAsync(LookAgain, agents.Clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
        else
        {
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private AgentChanges Take(IReadOnlyList<AgentInfo> all)
    {
        List<AgentInfo> changed = [.. all.Where(agent => _known.GetValueOrDefault(agent.Id) != agent)];
        List<string> removed = [];
        if (_known.Count + changed.Count(agent => !_known.ContainsKey(agent.Id)) > all.Count)
        {
            removed = [.. _known.Keys.Except(all.Select(agent => agent.Id), StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        }

        changed.ForEach(agent => _known[agent.Id] = agent);
        removed.ForEach(id => _known.Remove(id));
        return new AgentChanges { Changed = changed, Removed = removed };
    }
}
