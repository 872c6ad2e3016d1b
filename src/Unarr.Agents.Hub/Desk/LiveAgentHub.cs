using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Hub.Handling;
using Unarr.Agents.Hub.Observing;
using Unarr.Agents.Hub.Signals;

namespace Unarr.Agents.Hub.Desk;

/// <summary>The hub of this process.</summary>
internal sealed class LiveAgentHub(
    AgentDirectory agents, AgentLists lists, ControlDesk desk, ControlStore store, ControlFollowers followers, HandlerCalls handler,
    HubInstruments instruments, HubClock time, Fleet? fleet) : AgentHub
{
    public override async Task<IReadOnlyList<PushResult>> PushAsync(PushRequest request, CancellationToken cancellationToken = default)
    {
        PushRequest push = PushCheck.Checked(request);
        string[] ids = [.. push.AgentIds];
        bool[] exist = new bool[ids.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            exist[i] = await ExistsAsync(ids[i], cancellationToken).ConfigureAwait(false);
        }

        string[] known = [.. ids.Where((_, index) => exist[index])];
        Queue<PushResult> results = new(known.Length == 0 ? [] : await desk.PushAsync(
            known, push, cancellationToken).ConfigureAwait(false));
        PushResult[] all = [.. ids.Select((id, index) => exist[index] ? results.Dequeue() : Unknown(id))];
        foreach (PushResult result in all)
        {
            if (result.Status != PushStatus.Queued)
            {
                instruments.Refused(result.Status);
            }
        }

        return all;
    }

    public override async Task<bool> WithdrawAsync(string agentId, string controlId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(agentId);
        ArgumentNullException.ThrowIfNull(controlId);
        ControlUpdate update = new() { ControlId = controlId, State = ControlState.Withdrawn, At = time.GetUtcNow() };
        return (await desk.UpdateAsync(agentId, [update], cancellationToken).ConfigureAwait(false)).Count > 0;
    }

    public override async Task RequestSyncAsync(string agentId, CancellationToken cancellationToken = default) =>
        (await AgentOfAsync(agentId, cancellationToken).ConfigureAwait(false))?.Nudge("operator");

    public override async Task SetWatchingAsync(string agentId, bool watching, CancellationToken cancellationToken = default) =>
        await WatchAsync(await AgentOfAsync(agentId, cancellationToken).ConfigureAwait(false), watching, cancellationToken)
            .ConfigureAwait(false);

    public override Task<bool> SendEventAsync(
        string agentId, string eventType, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(agentId);

        // Also for an agent that is not here: what cannot be sent is a mistake at any time.
        StreamEvent streamEvent = EventCheck.Create(eventType, data);
        bool wasTaken = agents.Find(agentId)?.TrySend(streamEvent) == true;
        instruments.EventSent(wasTaken);
        return Task.FromResult(wasTaken);
    }

    public override async Task<AgentInfo?> FindAgentAsync(string agentId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(agentId);
        int pending = await store.CountPendingAsync(agentId, cancellationToken).ConfigureAwait(false);
        if (fleet is null)
        {
            return lists.IsKnown(agentId, pending) ? InfoOf(agentId, pending) : null;
        }

        FleetView view = await fleet.AskAsync(cancellationToken).ConfigureAwait(false);
        bool isElsewhere = view.ById.Contains(agentId) || fleet.Known(agentId) is not null;
        return lists.IsKnown(agentId, pending) || (lists.MayExist(agentId) && isElsewhere)
            ? FleetAgents.Merge(InfoOf(agentId, pending), view, fleet) : null;
    }

    public override async Task<IReadOnlyList<AgentInfo>> GetAgentsAsync(CancellationToken cancellationToken = default)
    {
        IReadOnlyDictionary<string, int> pending = await store.CountPendingAsync(cancellationToken).ConfigureAwait(false);
        if (fleet is null)
        {
            return [.. lists.Ids(pending).Select(id => InfoOf(id, pending.GetValueOrDefault(id)))];
        }

        FleetView view = await fleet.AskAsync(cancellationToken).ConfigureAwait(false);
        IEnumerable<string> elsewhere = view.ById.Select(static agent => agent.Key).Concat(fleet.KnownIds).Where(lists.MayExist);
        return
        [
            .. lists.Ids(pending).Union(elsewhere, StringComparer.Ordinal).Order(StringComparer.Ordinal)
                .Select(id => FleetAgents.Merge(InfoOf(id, pending.GetValueOrDefault(id)), view, fleet)),
        ];
    }

    public override IAsyncEnumerable<AgentChanges> FollowAgentsAsync(CancellationToken cancellationToken = default) =>
        new AgentFollower(agents, GetAgentsAsync, looksAgain: fleet is not null).FollowAsync(cancellationToken);

    public override async Task<IReadOnlyList<ControlRecord>> GetControlsAsync(string agentId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(agentId);
        List<ControlRecord> controls = await desk.ReadAllPendingAsync(agentId, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<ControlRecord> ended = await store.GetEndedAsync(agentId, cancellationToken).ConfigureAwait(false);

        // One that ended between the two reads is in both of them.
        HashSet<string> endedIds = new(ended.Select(record => record.Id), StringComparer.Ordinal);
        controls.RemoveAll(record => endedIds.Contains(record.Id));
        return [.. controls, .. ended];
    }

    public override IAsyncEnumerable<ControlRecord> FollowControlsAsync(
        string? agentId = null, CancellationToken cancellationToken = default) =>
        new ControlFollowing(followers, agentId, cancellationToken);

    public override Task DisconnectAsync(string agentId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(agentId);
        agents.Find(agentId)?.Disconnect();
        return Task.CompletedTask;
    }

    public override async Task RemoveAgentAsync(string agentId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(agentId);
        await store.RemoveAgentAsync(agentId, cancellationToken).ConfigureAwait(false);
        if (fleet is not null)
        {
            await fleet.ForgetAsync(agentId, cancellationToken).ConfigureAwait(false);
        }

        agents.Memory.Forget(agentId);
        agents.Remove(agentId);
        agents.Changes.Raise();
    }

    private async Task WatchAsync(Agent? agent, bool watching, CancellationToken cancellationToken)
    {
        if (agent is not null && fleet is not null)
        {
            await fleet.SetWatchedAsync(agent.Id, watching, cancellationToken).ConfigureAwait(false);
        }

        agent?.Watch(watching);
    }

    private static PushResult Unknown(string agentId) => new() { AgentId = agentId, Status = PushStatus.UnknownAgent };

    private AgentInfo InfoOf(string agentId, int pending) =>
        agents.Find(agentId) is { } agent ? agents.InfoOf(agent, pending)
            : agents.Memory.Fill(new AgentInfo { Id = agentId, PendingCount = pending });

    /// <summary>The agent, also one that has not been here yet: what is asked of it is kept until it comes.</summary>
    private async ValueTask<Agent?> AgentOfAsync(string agentId, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(agentId);
        return agents.Find(agentId)
            ?? (await ExistsAsync(agentId, cancellationToken).ConfigureAwait(false) ? agents.GetOrAdd(agentId) : null);
    }

    private async ValueTask<bool> ExistsAsync(string agentId, CancellationToken cancellationToken) =>
        lists.MayExist(agentId) && await handler.ExistsAsync(agentId, cancellationToken).ConfigureAwait(false);
}
