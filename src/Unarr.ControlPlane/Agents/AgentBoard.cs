using Unarr.ControlPlane.Controls;
using Unarr.ControlPlane.Messages;

namespace Unarr.ControlPlane.Agents;

/// <summary>Shows agents together with what the store has for them.</summary>
internal sealed class AgentBoard(AgentDirectory agents, IControlStore store)
{
    public async Task<IReadOnlyList<AgentView>> ListAsync(CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, int> pending = await store.CountPendingAsync(cancellationToken).ConfigureAwait(false);
        return [.. agents.All.Select(agent => AgentView.From(agent.Status(), pending.GetValueOrDefault(agent.Id)))];
    }

    public async Task<AgentDetailView> ShowAsync(Agent agent, CancellationToken cancellationToken)
    {
        IReadOnlyList<ControlRecord> pending = await store.GetPendingAsync(agent.Id, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<ControlRecord> settled = await store.GetSettledAsync(agent.Id, cancellationToken).ConfigureAwait(false);
        return new AgentDetailView(
            AgentView.From(agent.Status(), pending.Count),
            [.. pending.Select(ControlView.From)],
            [.. settled.Select(ControlView.From)]);
    }
}
