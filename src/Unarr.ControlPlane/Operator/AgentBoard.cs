using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Hub.Controls;

namespace Unarr.ControlPlane.Operator;

/// <summary>Shows agents together with what the store has for them.</summary>
internal sealed class AgentBoard(AgentDirectory agents, IControlStore store)
{
    public async Task<IReadOnlyList<AgentView>> ListAsync(CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, int> pending = await store.CountPendingAsync(cancellationToken).ConfigureAwait(false);
        return [.. agents.All.Select(agent => AgentView.From(Shown(agent), pending.GetValueOrDefault(agent.Id)))];
    }

    public async Task<AgentDetailView> ShowAsync(Agent agent, CancellationToken cancellationToken)
    {
        List<ControlRecord> pending = await ReadPendingAsync(agent.Id, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<ControlRecord> settled = await store.GetSettledAsync(agent.Id, cancellationToken).ConfigureAwait(false);
        return new AgentDetailView(
            AgentView.From(Shown(agent), pending.Count),
            [.. pending.Select(ControlView.From)],
            [.. settled.Select(ControlView.From)]);
    }

    // Ages stay right when the wall clock is set: what is shown and what it is compared with move together.
    private AgentStatus Shown(Agent agent)
    {
        AgentStatus status = agent.Status();
        return status with
        {
            RouteSince = ToWall(status.RouteSince),
            LastSeen = ToWall(status.LastSeen),
            LastSync = ToWall(status.LastSync),
        };
    }

    private DateTimeOffset? ToWall(DateTimeOffset? moment) => moment is { } known ? agents.Clock.ToWall(known) : null;

    /// <summary>Reads what is pending in several turns: the store is not held for the length of a queue.</summary>
    private async Task<List<ControlRecord>> ReadPendingAsync(string agentId, CancellationToken cancellationToken)
    {
        List<ControlRecord> pending = [];
        PendingPage page;
        do
        {
            string? after = pending.Count > 0 ? pending[^1].Id : null;
            page = await store.ReadPendingAsync(agentId, after, PageSize.Sync, cancellationToken).ConfigureAwait(false);
            if (page.IsAfterGone)
            {
                pending.Clear();
            }

            pending.AddRange(page.Controls);
        }
        while (page.IsAfterGone || (page.HasMore && pending.Count < QueueSize.MaxControls));
        return pending;
    }
}
