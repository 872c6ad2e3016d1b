using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Hub.Controls;
using Unarr.Agents.Hub.Signals;
using Unarr.Agents.Protocol;

namespace Unarr.Agents.Hub.Desk;

/// <summary>Takes controls from the application and brings them to agents over every route that these have.</summary>
internal sealed class ControlDesk(
    AgentDirectory agents, ControlStore store, PendingControls pending, ExpiryTimes expiries, ControlReports reports,
    AgentHubSettings settings, HubClock time)
{
    // One call of the store is short: it is never held long by one agent.
    private const int MaxUpdatesInOneCall = 256;

    // "The hub sends 1 ms for each agent of a push to more than 1,000."
    private const int ManyAgents = 1000;

    private readonly FirstPush _firstPush = new(store);

    /// <summary>Queues controls for agents that there are, gives each an id, and signals the open streams and the polls.</summary>
    public async Task<IReadOnlyList<PushResult>> PushAsync(
        IReadOnlyList<string> agentIds, PushRequest push, CancellationToken cancellationToken)
    {
        IReadOnlyList<Control> controls = push.Controls;
        DateTimeOffset now = time.GetUtcNow();
        DateTimeOffset? expiresAt = push.ExpiresAfter is { } after ? Later(now, after) : null;
        ControlRecord[] records = RecordsOf(agentIds, push, now, expiresAt);
        if (!settings.HasManyNodes)
        {
            return await AddAsync(push.IdempotencyKey, records, controls.Count, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            // What is stored later is reported then.
            return await AddAsync(push.IdempotencyKey, records, controls.Count, CancellationToken.None)
                .WaitAsync(PushTime, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException exception)
        {
            throw new ControlStoreException("it has not answered in time: it is not known whether the controls are queued", exception)
            {
                ControlIds = [.. records.Select(static record => record.Id)],
            };
        }
        catch (ControlStoreException exception) when (push.IdempotencyKey is not null && exception.ControlIds.Count == 0)
        {
            // An earlier push with the key may have queued them.
            throw new ControlStoreException($"{exception.Message}: it is not known whether the controls are queued", exception)
            {
                ControlIds = [.. records.Select(static record => record.Id)],
            };
        }
    }

    /// <summary>Makes each agent's controls; each control is written once, and the agents' differ in their ids.</summary>
    private static ControlRecord[] RecordsOf(
        IReadOnlyList<string> agentIds, PushRequest push, DateTimeOffset now, DateTimeOffset? expiresAt)
    {
        Control[] stamped = [.. push.Controls.Select(control => control.Stamped(PushIds.None, now))];
        ControlText[] texts = [.. stamped.Select(ControlText.Of)];
        ControlRecord[] records = new ControlRecord[agentIds.Count * stamped.Length];
        for (int i = 0; i < records.Length; i++)
        {
            (int agent, int index) = Math.DivRem(i, stamped.Length);
            records[i] = new ControlRecord
            {
                AgentId = agentIds[agent],
                Control = stamped[index].Under(PushIds.Of(push.IdempotencyKey, agentIds[agent], index, now), texts[index]),
                State = ControlState.Pending,
                ChangedAt = now,
                ExpiresAt = expiresAt,
            };
        }

        return records;
    }

    private Task<IReadOnlyList<PushResult>> AddAsync(
        string? idempotencyKey, ControlRecord[] records, int ofEach, CancellationToken cancellationToken) =>
        idempotencyKey is null
            ? AddAsync(records, ofEach, once: false, cancellationToken)
            : _firstPush.Turns.RunAsync(idempotencyKey, () => AddOnceAsync(records, ofEach, cancellationToken));

    /// <summary>Adds what an earlier push with the same ids has not added.</summary>
    private async Task<IReadOnlyList<PushResult>> AddOnceAsync(
        ControlRecord[] records, int ofEach, CancellationToken cancellationToken)
    {
        PushResult?[] results = new PushResult?[records.Length / ofEach];
        List<ControlRecord> further = [];
        for (int i = 0; i < results.Length; i++)
        {
            ArraySegment<ControlRecord> some = new(records, i * ofEach, ofEach);
            results[i] = await _firstPush.FindAsync(some, cancellationToken).ConfigureAwait(false);
            if (results[i] is null)
            {
                further.AddRange(some);
            }
        }

        Queue<PushResult> added = new(further.Count == 0 ? []
            : await AddAsync([.. further], ofEach, once: true, cancellationToken).ConfigureAwait(false));
        return [.. results.Select(result => result ?? added.Dequeue())];
    }

    private async Task<IReadOnlyList<PushResult>> AddAsync(
        ControlRecord[] records, int ofEach, bool once, CancellationToken cancellationToken)
    {
        int most = settings.MaxPendingControls;
        IReadOnlyList<PushResult> results = once
            ? await store.AddOnceAsync(records, most, cancellationToken).ConfigureAwait(false)
            : await store.AddAsync(records, most, cancellationToken).ConfigureAwait(false);
        int ackWithin = results.Count > ManyAgents ? Math.Min(results.Count, ControlCommand.MaxAckWithin) : 0;
        for (int i = 0; i < results.Count; i++)
        {
            if (results[i].Status == PushStatus.Queued)
            {
                Note(results[i].AgentId, records[0].ExpiresAt);
                reports.Pushed(new ArraySegment<ControlRecord>(records, i * ofEach, ofEach), results[i], ackWithin);
            }
        }

        agents.Changes.Raise();
        return results;
    }

    /// <summary>Sets states in the store, and reports what that changed.</summary>
    public async Task<IReadOnlyList<ControlRecord>> UpdateAsync(
        string agentId, IReadOnlyCollection<ControlUpdate> updates, CancellationToken cancellationToken)
    {
        List<ControlRecord> all = [];
        foreach (ControlUpdate[] some in updates.Chunk(MaxUpdatesInOneCall))
        {
            IReadOnlyList<ControlRecord> changed = await store.UpdateAsync(agentId, some, cancellationToken).ConfigureAwait(false);
            reports.Updated(agentId, changed);
            all.AddRange(changed);
        }

        return all;
    }

    /// <summary>How long a push waits for the store on a hub of many nodes: it is to be answered within 10 s.</summary>
    public static readonly TimeSpan PushTime = TimeSpan.FromSeconds(9.75);

    /// <summary>How long a sync waits for the store on a hub of many nodes.</summary>
    public static readonly TimeSpan StoreTime = TimeSpan.FromSeconds(1);

    /// <summary>Reads what a sync is to hand out, after what it acknowledges was stored.</summary>
    public async Task<HandOut> HandOutAsync(
        Agent agent, SyncManner manner, PageSize size, CancellationToken cancellationToken)
    {
        long wakes = agent.Wakes;
        PendingPage page = await ReadAsync(agent.Id, manner.After, size, cancellationToken).ConfigureAwait(false);
        HandOut handOut = new(manner, page, wakes);
        if (!manner.Acknowledges && page.Controls.Count > 0)
        {
            // A store that cannot be written could not end them either: they would be handed out again and again.
            if (!await TryMarkAsync(agent.Id, handOut.FirstTime, cancellationToken).ConfigureAwait(false))
            {
                return new HandOut(manner, new PendingPage([], HasMore: false), wakes);
            }

            agent.Order.HandingOut(page.Controls.Select(control => control.Id));
        }

        return handOut;
    }

    /// <summary>Notes that the agent has got what <see cref="HandOutAsync"/> said.</summary>
    public async Task CompleteAsync(Agent agent, HandOut handOut)
    {
        string[] ids = [.. handOut.Page.Controls.Select(control => control.Id)];
        if (!handOut.Manner.Acknowledges && ids.Length > 0)
        {
            // "One with neither gets each control by one sync."
            await MarkAsync(agent.Id, ids, ends: true, CancellationToken.None).ConfigureAwait(false);
            agent.Order.Forget(null, ids);
        }
        else if (handOut.FirstTime.Count > 0)
        {
            await MarkAsync(agent.Id, handOut.FirstTime, ends: false, CancellationToken.None).ConfigureAwait(false);
        }

        agent.Offered(handOut.Wakes, handOut.Page.HasMore ? ids[^1] : null);
        if (agent.Order.Answered(handOut.Manner, handedOut: ids.Length > 0))
        {
            agent.Look();
        }
    }

    /// <summary>Wakes an agent's first poll when something was pending for it before the hub started.</summary>
    public async Task LookOnceAsync(Agent agent, CancellationToken cancellationToken)
    {
        if (!agent.TakeFirstLook())
        {
            return;
        }

        try
        {
            if ((await pending.ReadAsync(agent.Id, null, PageSize.One, cancellationToken).ConfigureAwait(false)).Controls.Count > 0)
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

    /// <summary>Reads an agent's pending controls, also those that have expired and are not ended yet.</summary>
    public async Task<List<ControlRecord>> ReadAllPendingAsync(string agentId, CancellationToken cancellationToken)
    {
        // In several turns: the store is not held for the length of a queue.
        const int AtOnce = 1024;
        List<ControlRecord> all = [];
        IReadOnlyList<ControlRecord> page;
        do
        {
            long after = all.Count > 0 ? all[^1].Sequence : 0;
            page = await store.GetPendingAsync(agentId, after, AtOnce, cancellationToken).ConfigureAwait(false);
            all.AddRange(page);
        }
        while (page.Count == AtOnce && all.Count < QueueSize.MaxControls);
        all.RemoveAll(static record => record.State == ControlState.Unreadable);
        return all;
    }

    /// <summary>Ends an agent's controls whose time is over, and notes when the next one's is.</summary>
    public async Task ExpireAsync(string agentId, CancellationToken cancellationToken)
    {
        List<ControlRecord> all = await ReadAllPendingAsync(agentId, cancellationToken).ConfigureAwait(false);
        DateTimeOffset now = time.GetUtcNow();
        ControlUpdate[] expired =
        [
            .. all.Where(record => record.ExpiresAt <= now)
                .Select(record => new ControlUpdate { ControlId = record.Id, State = ControlState.Expired, At = now }),
        ];
        if (expired.Length > 0)
        {
            await UpdateAsync(agentId, expired, cancellationToken).ConfigureAwait(false);
        }

        Note(agentId, all.Where(record => record.ExpiresAt > now).Min(record => record.ExpiresAt));
    }

    private static DateTimeOffset Later(DateTimeOffset now, TimeSpan after) =>
        after < DateTimeOffset.MaxValue - now ? now + after : DateTimeOffset.MaxValue;

    private void Note(string agentId, DateTimeOffset? expiresAt)
    {
        if (expiresAt is { } at)
        {
            expiries.Note(agentId, at);
        }
    }

    /// <summary>Marks what is about to be handed out. On a hub of many nodes a store that does not answer leaves it for a later
    /// sync.</summary>
    private async Task<bool> TryMarkAsync(string agentId, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        if (!settings.HasManyNodes)
        {
            await MarkAsync(agentId, ids, ends: false, cancellationToken).ConfigureAwait(false);
            return true;
        }

        try
        {
            await MarkAsync(agentId, ids, ends: false, CancellationToken.None).WaitAsync(StoreTime, time, cancellationToken)
                .ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (exception is ControlStoreException or TimeoutException)
        {
            // The store has logged it.
            return false;
        }
    }

    private async Task MarkAsync(string agentId, IReadOnlyCollection<string> ids, bool ends, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        ControlUpdate[] updates =
            [.. ids.Select(id => new ControlUpdate { ControlId = id, State = ControlState.HandedOut, At = now, Ends = ends })];
        await UpdateAsync(agentId, updates, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>"Delivery starts after that id, or at the first pending control when the id is no longer pending."</summary>
    private async Task<PendingPage> ReadAsync(string agentId, string? after, PageSize size, CancellationToken cancellationToken)
    {
        PendingPage page = string.IsNullOrEmpty(after)
            ? PendingPage.Gone
            : await pending.ReadAsync(agentId, new ControlPlace(after), size, cancellationToken).ConfigureAwait(false);
        return page.IsAfterGone
            ? await pending.ReadAsync(agentId, null, size, cancellationToken).ConfigureAwait(false) : page;
    }
}
