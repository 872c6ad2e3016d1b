using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Hub.Controls;
using Unarr.Agents.Protocol;

namespace Unarr.Agents.Hub.Desk;

/// <summary>Takes controls from the operator and brings them to an agent over every route it has.</summary>
internal sealed class ControlDesk(AgentDirectory agents, IControlStore store, int queueLimit, TimeProvider time)
{
    /// <summary>Queues controls, gives each an id, and signals the open stream and the poll.</summary>
    public async Task<PushResult> PushAsync(string agentId, IReadOnlyList<Control> controls, CancellationToken cancellationToken)
    {
        if (agents.Find(agentId) is not { } agent)
        {
            return new PushResult(PushStatus.UnknownAgent, []);
        }

        DateTimeOffset now = time.GetUtcNow();
        ControlRecord[] records =
        [
            .. controls.Select(control => control.Stamped(Guid.CreateVersion7(now).ToString("N"), now))
                .Select(control => new ControlRecord(control, now, ControlState.Pending, now)),
        ];
        AddOutcome outcome = await store.TryAddAsync(agentId, records, queueLimit, cancellationToken).ConfigureAwait(false);
        if (outcome != AddOutcome.Added)
        {
            return new PushResult(outcome == AddOutcome.TooManyBytes ? PushStatus.TooManyBytes : PushStatus.TooManyControls, []);
        }

        agent.Pushed();
        return new PushResult(PushStatus.Queued, [.. records.Select(record => record.Id)]);
    }

    /// <summary>Settles what a sync acknowledges and reads what it is to hand out.</summary>
    public async Task<HandOut> ExchangeAsync(
        Agent agent, SyncManner manner, IReadOnlyCollection<ControlOutcome> outcomes, CancellationToken cancellationToken)
    {
        long wakes = agent.Wakes;
        if (outcomes.Count > 0)
        {
            await store.SettleAsync(agent.Id, outcomes, time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
            agent.Order.Forget(null, outcomes.Select(outcome => outcome.Id));
        }

        PendingPage page = await ReadAsync(agent.Id, manner.After, cancellationToken).ConfigureAwait(false);
        HandOut handOut = new(manner, page, wakes);
        if (!manner.Acknowledges && page.Controls.Count > 0)
        {
            // A store that cannot be written could not end them either: they would be handed out again and again.
            await store.MarkHandedOutAsync(agent.Id, handOut.FirstTime, time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
            agent.Order.HandingOut(page.Controls.Select(control => control.Id));
        }

        return handOut;
    }

    /// <summary>Notes that the agent has got what <see cref="ExchangeAsync"/> said.</summary>
    public async Task CompleteAsync(Agent agent, HandOut handOut)
    {
        string[] ids = [.. handOut.Page.Controls.Select(control => control.Id)];
        DateTimeOffset now = time.GetUtcNow();
        if (!handOut.Manner.Acknowledges && ids.Length > 0)
        {
            // "One with neither gets each control by one sync."
            ControlOutcome[] outcomes = [.. ids.Select(id => new ControlOutcome(id, ControlState.HandedOut))];
            await store.SettleAsync(agent.Id, outcomes, now, CancellationToken.None).ConfigureAwait(false);
            agent.Order.Forget(null, ids);
        }
        else if (handOut.FirstTime.Count > 0)
        {
            await store.MarkHandedOutAsync(agent.Id, handOut.FirstTime, now, CancellationToken.None).ConfigureAwait(false);
        }

        if (ids.Length > 0)
        {
            // What the store has of the agent is other than what the sync's own change told.
            agents.Changes.Raise();
        }

        agent.Offered(handOut.Wakes, handOut.Page.HasMore ? ids[^1] : null);
        if (agent.Order.Answered(handOut.Manner, handedOut: ids.Length > 0))
        {
            agent.Look();
        }
    }

    /// <summary>Wakes an agent's first poll when something was pending for it before the control plane started.</summary>
    public async Task LookOnceAsync(Agent agent, CancellationToken cancellationToken)
    {
        if (!agent.TakeFirstLook())
        {
            return;
        }

        try
        {
            if ((await store.ReadPendingAsync(agent.Id, null, PageSize.One, cancellationToken).ConfigureAwait(false)).Controls.Count > 0)
            {
                agent.Wake();
            }
        }
        catch
        {
            agent.GiveBackFirstLook();
            throw;
        }
    }

    /// <summary>"Delivery starts after that id, or at the first pending control when the id is no longer pending."</summary>
    private async Task<PendingPage> ReadAsync(string agentId, string? after, CancellationToken cancellationToken)
    {
        PendingPage page = string.IsNullOrEmpty(after)
            ? PendingPage.Gone
            : await store.ReadPendingAsync(agentId, after, PageSize.Sync, cancellationToken).ConfigureAwait(false);
        return page.IsAfterGone
            ? await store.ReadPendingAsync(agentId, null, PageSize.Sync, cancellationToken).ConfigureAwait(false) : page;
    }
}
