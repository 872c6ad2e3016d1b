namespace Unarr.Agents.Hub.Controls;

/// <summary>Reads what may be handed out to agents: pending controls whose time is not over.</summary>
/// <remarks>
/// A place is an id and a sequence, and both have to be the store's: an id that is at another sequence by now, as after a backup was
/// restored, counts as gone, and the agent's queue is read from its beginning.
/// </remarks>
internal sealed class PendingControls(ControlStore store, ExpiryTimes expiries, TimeProvider time)
{
    /// <summary>Reads controls in the order of their pushes.</summary>
    /// <param name="agentId">The agent.</param>
    /// <param name="after">The pending control after which to read; <see langword="null"/> reads from the first.</param>
    /// <param name="size">How much to read at most.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    public async ValueTask<PendingPage> ReadAsync(
        string agentId, ControlPlace? after, PageSize size, CancellationToken cancellationToken)
    {
        if (after is not { } place)
        {
            return await ReadAfterAsync(agentId, 0, size, cancellationToken).ConfigureAwait(false);
        }

        if (place.Sequence > 0)
        {
            // The place itself is read too: it is there still, or it is gone.
            IReadOnlyList<ControlRecord> records = await store.GetPendingAsync(
                agentId, place.Sequence - 1, size.Controls + 2, cancellationToken).ConfigureAwait(false);
            return records is [var first, ..] && first.Sequence == place.Sequence && first.Control.Id == place.Id
                ? await PageAsync(agentId, records, 1, size, cancellationToken).ConfigureAwait(false)
                : PendingPage.Gone;
        }

        return await store.FindPendingAsync(agentId, place.Id, cancellationToken).ConfigureAwait(false) is { } sequence
            ? await ReadAfterAsync(agentId, sequence, size, cancellationToken).ConfigureAwait(false)
            : PendingPage.Gone;
    }

    private async ValueTask<PendingPage> ReadAfterAsync(
        string agentId, long sequence, PageSize size, CancellationToken cancellationToken)
    {
        IReadOnlyList<ControlRecord> records =
            await store.GetPendingAsync(agentId, sequence, size.Controls + 1, cancellationToken).ConfigureAwait(false);
        return await PageAsync(agentId, records, 0, size, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes a page of what was read; reads on where none of it may be handed out.</summary>
    private ValueTask<PendingPage> PageAsync(
        string agentId, IReadOnlyList<ControlRecord> records, int start, PageSize size, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        List<ControlRecord> page = new(records.Count - start);
        long bytes = 0;
        for (int i = start; i < records.Count; i++)
        {
            ControlRecord record = records[i];
            if (!IsForAgents(record, now))
            {
                continue;
            }

            bytes += size.Bytes < ControlStore.MaxPendingBytes ? record.WrittenBytes : 0;
            if (page.Count > 0 && (page.Count == size.Controls || bytes > size.Bytes))
            {
                return ValueTask.FromResult(new PendingPage(page, HasMore: true));
            }

            page.Add(record);
        }

        bool isEnd = records.Count - start <= size.Controls;
        return page.Count > 0 || isEnd
            ? ValueTask.FromResult(new PendingPage(page, HasMore: !isEnd))
            : ReadAfterAsync(agentId, records[^1].Sequence, size, cancellationToken);
    }

    private bool IsForAgents(ControlRecord record, DateTimeOffset now)
    {
        if (record.ExpiresAt is { } expiresAt)
        {
            expiries.Note(record.AgentId, expiresAt);
        }

        return record.State != ControlState.Unreadable && !(record.ExpiresAt <= now);
    }
}
