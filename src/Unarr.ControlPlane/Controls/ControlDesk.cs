using Unarr.ControlPlane.Agents;

namespace Unarr.ControlPlane.Controls;

/// <summary>Takes controls from the operator and brings them to an agent over every route it has.</summary>
internal sealed class ControlDesk(AgentDirectory agents, IControlStore store, int queueLimit, TimeProvider time)
{
    /// <summary>Queues controls, gives each an id, sends them on the open stream and wakes the poll.</summary>
    public async Task<PushResult> PushAsync(string agentId, IReadOnlyList<ControlAction> controls, CancellationToken cancellationToken)
    {
        if (agents.Find(agentId) is not { } agent)
        {
            return new PushResult(PushStatus.UnknownAgent, []);
        }

        DateTimeOffset now = time.GetUtcNow();
        ControlAction[] given = [.. controls.Select(control => control with { Id = Guid.CreateVersion7(now).ToString("N"), PushedAt = now })];

        // One push after the other: the stream carries an agent's controls in the order in which the store has them.
        await agent.PushTurn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ControlRecord[] records = [.. given.Select(control => new ControlRecord(control, now, ControlState.Pending, now))];
            if (!await store.TryAddAsync(agentId, records, queueLimit, cancellationToken).ConfigureAwait(false))
            {
                return new PushResult(PushStatus.QueueFull, []);
            }

            agent.Send(given);
        }
        finally
        {
            agent.PushTurn.Release();
        }

        return new PushResult(PushStatus.Queued, [.. given.Select(control => control.Id!)]);
    }

    /// <summary>Settles what a sync acknowledges and says what it is to hand out.</summary>
    /// <remarks>"The control plane re-delivers a control in every sync until its id is listed."</remarks>
    public async Task<HandOut> ExchangeAsync(Agent agent, SyncRequest request, CancellationToken cancellationToken)
    {
        ControlOutcome[] outcomes =
        [
            .. (request.AppliedControls ?? []).Where(id => id is not null).Select(id => new ControlOutcome(id, ControlState.Applied)),
            .. (request.FailedControls ?? []).Where(failed => failed?.Id is not null)
                .Select(failed => new ControlOutcome(failed.Id, ControlState.Failed, Shorten.Text(failed.Error))),
        ];
        if (outcomes.Length > 0)
        {
            await store.SettleAsync(agent.Id, outcomes, time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        }

        IReadOnlyList<ControlRecord> pending = await store.GetPendingAsync(agent.Id, cancellationToken).ConfigureAwait(false);
        ControlAction[] controls = [.. pending.Select(record => record.Control)];
        int count = ControlBatch.Count(controls, 0, ControlBatch.MaxSyncBytes);
        return new HandOut(
            controls[..count],
            [.. pending.Take(count).Where(record => record.State == ControlState.Pending).Select(record => record.Id)],
            Acknowledges: request.AppliedControls is not null,
            HasMore: count < pending.Count);
    }

    /// <summary>Notes that the agent has got what <see cref="ExchangeAsync"/> said.</summary>
    public async Task CompleteAsync(Agent agent, HandOut handOut, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (!handOut.Acknowledges)
        {
            // An agent that tells nothing gets each control once by a sync.
            ControlOutcome[] outcomes = [.. handOut.Controls.Select(control => new ControlOutcome(control.Id!, ControlState.HandedOut))];
            await store.SettleAsync(agent.Id, outcomes, now, cancellationToken).ConfigureAwait(false);
        }
        else if (handOut.FirstTime.Count > 0)
        {
            await store.MarkHandedOutAsync(agent.Id, handOut.FirstTime, now, cancellationToken).ConfigureAwait(false);
        }

        if (handOut.Controls.Count > 0)
        {
            // What the store has of the agent is other than what the sync's own change told.
            agents.Changes.Raise();
        }

        // What did not fit is fetched at once, but only while syncs make progress: an agent that acknowledges nothing is not hurried.
        if (handOut is { HasMore: true, FirstTime.Count: > 0 })
        {
            agent.Nudge("more");
        }
    }
}
