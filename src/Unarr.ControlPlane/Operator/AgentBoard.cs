using Unarr.Agents.Hub.Controls;
using Unarr.Agents.Hub.Desk;

namespace Unarr.ControlPlane.Operator;

/// <summary>Shows agents together with what the store has for them.</summary>
internal sealed class AgentBoard(AgentHub hub, ControlDesk desk, WatchedControlStore store)
{
    /// <summary>How many ended controls an agent is shown with; its history has the others.</summary>
    public const int MaxSettled = 64;

    public async Task<IReadOnlyList<AgentView>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await hub.GetAgentsAsync(cancellationToken).ConfigureAwait(false)).Select(AgentView.From)];

    /// <returns>The agent with its controls; <see langword="null"/> when there is none of that id.</returns>
    public async Task<AgentDetailView?> ShowAsync(string agentId, CancellationToken cancellationToken)
    {
        if (await hub.FindAgentAsync(agentId, cancellationToken).ConfigureAwait(false) is not { } agent)
        {
            return null;
        }

        List<ControlRecord> pending = await desk.ReadAllPendingAsync(agentId, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<ControlRecord> ended =
            await store.GetLastEndedAsync(agentId, MaxSettled, cancellationToken).ConfigureAwait(false);

        // One that ended between the two reads is in both of them.
        HashSet<string> endedIds = new(ended.Select(static record => record.Control.Id ?? ""), StringComparer.Ordinal);
        pending.RemoveAll(record => endedIds.Contains(record.Control.Id ?? ""));
        return new AgentDetailView(
            AgentView.From(agent) with { Pending = pending.Count }, [.. pending.Select(ControlView.From)],
            [.. ended.Select(ControlView.From)]);
    }
}
