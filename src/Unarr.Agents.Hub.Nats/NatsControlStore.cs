using Unarr.Agents.Hub.Controls;

namespace Unarr.Agents.Hub.Nats;

/// <summary>Keeps controls in JetStream, one document an agent. Reads are answered from this node's copy of all documents.</summary>
internal sealed class NatsControlStore : ControlStore
{
    /// <summary>How many ended controls are kept of each agent.</summary>
    public const int MaxEnded = MinEnded;

    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(5);

    private readonly DocumentLink _link;
    private readonly DocumentCache _cache;
    private readonly DocumentWriter _writer;
    private readonly EndedControls _ended;
    private readonly NatsNode _node;

    public NatsControlStore(NatsNode node, DocumentLink link, DocumentCache cache, ILogger logger)
    {
        _node = node;
        _link = link;
        _cache = cache;
        _ended = new EndedControls(link, cache, logger)
        {
            WriteAsync = agentId => WriteAsync<object?>(agentId, static _ => null, static _ => false),
        };
        _writer = new DocumentWriter(link, cache, _ended.Stored);
    }

    /// <summary>When ended controls leave a document that is not written otherwise.</summary>
    public TimeSpan DropAfter
    {
        set => _ended.DropAfter = value;
    }

    internal override string? Degraded => _node.Degraded;

    public Task LookAsync(CancellationToken cancellationToken) => _ended.LookAsync(cancellationToken);

    public override ValueTask<IReadOnlyList<PushResult>> AddAsync(
        IReadOnlyList<ControlRecord> controls, int maxPending, CancellationToken cancellationToken) =>
        AddAsync(controls, maxPending, looksBack: false, cancellationToken);

    internal override ValueTask<IReadOnlyList<PushResult>> AddOnceAsync(
        IReadOnlyList<ControlRecord> controls, int maxPending, CancellationToken cancellationToken) =>
        AddAsync(controls, maxPending, looksBack: true, cancellationToken);

    private async ValueTask<IReadOnlyList<PushResult>> AddAsync(
        IReadOnlyList<ControlRecord> controls, int maxPending, bool looksBack, CancellationToken cancellationToken)
    {
        PushGroup[] groups = [.. PushGroup.Of(controls)];
        Task<PushResult>[] writes =
            [.. groups.Select(group => WriteAsync(
                group.AgentId, draft => draft.Add(group, maxPending), static result => result.Status == PushStatus.Full, looksBack))];
        try
        {
            return await Task.WhenAll(writes).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ControlStoreException exception)
        {
            // Which of them are stored is said all the same: they are on their way.
            foreach ((int index, Task<PushResult> write) in writes.Index())
            {
                if (write is { IsCompletedSuccessfully: true, Result.Status: PushStatus.Queued })
                {
                    _cache.Stepped?.Invoke(groups[index].AgentId, true);
                }
            }

            bool isUnknown = Array.Exists(
                writes, static write => write.IsCompletedSuccessfully || write.Exception?.InnerException?.Message == NatsFailure.Unknown);
            throw isUnknown
                ? new ControlStoreException(NatsFailure.Unknown, exception) { ControlIds = [.. controls.Select(control => control.Id)] }
                : exception;
        }
    }

    public override ValueTask<IReadOnlyList<ControlRecord>> GetPendingAsync(
        string agentId, long afterSequence, int maxCount, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<ControlRecord>>(
            [.. Pending(agentId).SkipWhile(record => record.Sequence <= afterSequence).Take(maxCount)]);

    public override async ValueTask<IReadOnlyList<ControlRecord>> UpdateAsync(
        string agentId, IReadOnlyList<ControlUpdate> updates, CancellationToken cancellationToken)
    {
        if (updates.Count == 0)
        {
            return [];
        }

        UpdateOutcome outcome = await WriteAsync(
            agentId, draft => draft.Update(updates), static outcome => outcome.Elsewhere.Count > 0).WaitAsync(cancellationToken)
            .ConfigureAwait(false);
        if (outcome.Elsewhere.Count == 0)
        {
            return outcome.Changed;
        }

        List<ControlRecord> ended = await CallAsync(
            cancel => _link.ReadEndedAsync(agentId, cancel), cancellationToken).ConfigureAwait(false);
        ControlUpdate[] found = [.. outcome.Elsewhere.Where(update => ended.Exists(record => record.Id == update.ControlId))];
        IReadOnlyList<ControlRecord> missed = found.Length == outcome.Elsewhere.Count ? []
            : await ConfirmAsync(agentId, [.. outcome.Elsewhere.Except(found)], cancellationToken).ConfigureAwait(false);
        return
        [
            .. outcome.Changed, .. missed,
            .. await ReplaceAsync(agentId, found, ended, cancellationToken).ConfigureAwait(false),
        ];
    }

    public override async ValueTask<IReadOnlyList<ControlRecord>> GetEndedAsync(string agentId, CancellationToken cancellationToken)
    {
        // What leaves the document while the stream is read is in the stream only after it was read.
        IReadOnlyList<ControlRecord> before = _cache.Find(agentId).Content.Ended;
        List<ControlRecord> all = await CallAsync(
            cancel => _link.ReadEndedAsync(agentId, cancel), cancellationToken).ConfigureAwait(false);
        foreach (ControlRecord record in before.Concat(_cache.Find(agentId).Content.Ended))
        {
            int known = all.FindIndex(other => other.Id == record.Id);
            if (known < 0)
            {
                all.Add(record);
            }
            else if (ControlChange.Replaces(all[known].State, record.State))
            {
                all[known] = record;
            }
        }

        return all.Count <= MaxEnded ? all : all[^MaxEnded..];
    }

    public override ValueTask<IReadOnlyDictionary<string, int>> CountPendingAsync(CancellationToken cancellationToken)
    {
        Dictionary<string, int> counts = new(StringComparer.Ordinal);
        foreach ((string agentId, PendingDocument document) in _cache.All)
        {
            if (document.Mark.Pending > 0)
            {
                counts.Add(agentId, document.Mark.Pending);
            }
        }

        return ValueTask.FromResult<IReadOnlyDictionary<string, int>>(counts);
    }

    public override ValueTask<int> CountPendingAsync(string agentId, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_cache.Find(agentId).Mark.Pending);

    public override ValueTask<long?> FindPendingAsync(string agentId, string controlId, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Pending(agentId).FirstOrDefault(record => record.Id == controlId)?.Sequence);

    public override async ValueTask RemoveAgentAsync(string agentId, CancellationToken cancellationToken)
    {
        await WriteAsync<object?>(
            agentId,
            static draft =>
            {
                draft.Clear();
                return null;
            },
            static _ => false).WaitAsync(cancellationToken).ConfigureAwait(false);
        await CallAsync(
            async cancel =>
            {
                await _link.ForgetEndedAsync(agentId, cancel).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    public override async ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        // A node that hears nothing goes on from its copy, and says so.
        if (Degraded is null)
        {
            await CallAsync(
                async cancel =>
                {
                    await _node.CheckBucketsAsync(cancel).ConfigureAwait(false);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
        }
    }

    private IReadOnlyList<ControlRecord> Pending(string agentId) => _cache.Find(agentId).Content.Pending;

    /// <param name="agentId">The agent.</param>
    /// <param name="apply">Changes its document.</param>
    /// <param name="isDoubtful">Says of a result that this node's copy may be too old for it: another node has just written.</param>
    /// <param name="looksBack">Whether what it adds may have been added, and have ended, before.</param>
    private async Task<T> WriteAsync<T>(
        string agentId, Func<DocumentDraft, T> apply, Func<T, bool> isDoubtful, bool looksBack = false) =>
        (T)(await _writer.WriteAsync(
            agentId,
            draft =>
            {
                _ended.DropFrom(agentId, draft);
                return apply(draft);
            },
            result => isDoubtful((T)result!), looksBack).ConfigureAwait(false))!;

    /// <summary>Updates controls that neither the document nor the stream of ended ones has.</summary>
    /// <remarks>A read through the leader is no proof that they are not there. The server that serves a watch may have applied a write
    /// that the leader has stored and not applied yet: a control that this watch has brought to its agent is acknowledged before the
    /// leader shows it. A write with an expected revision is proof.</remarks>
    private async Task<IReadOnlyList<ControlRecord>> ConfirmAsync(
        string agentId, IReadOnlyList<ControlUpdate> updates, CancellationToken cancellationToken) => (await WriteAsync(
            agentId,
            draft =>
            {
                draft.Confirm();
                return draft.Update(updates);
            },
            static _ => false).WaitAsync(cancellationToken).ConfigureAwait(false)).Changed;

    /// <summary>Gives controls that expired or were withdrawn, and that are in the stream of ended ones by now, the outcome that the agent
    /// reports.</summary>
    private async Task<List<ControlRecord>> ReplaceAsync(
        string agentId, IReadOnlyList<ControlUpdate> updates, List<ControlRecord> ended, CancellationToken cancellationToken)
    {
        List<ControlRecord> changed = [];
        foreach (ControlUpdate update in updates)
        {
            if (ended.Find(record => record.Id == update.ControlId) is not { } record
                || !ControlChange.Replaces(record.State, update.State))
            {
                continue;
            }

            ControlRecord now = record.Apply(update);
            bool isStored = await CallAsync(
                cancel => _link.TryPublishEndedAsync(agentId, now with { PreviousState = ControlState.None }, cancel), cancellationToken)
                .ConfigureAwait(false);
            changed.Add(isStored ? now : throw new ControlStoreException(NatsFailure.Unknown));
        }

        return changed;
    }

    private static async Task<T> CallAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using CancellationTokenSource answer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        answer.CancelAfter(AnswerTime);
        try
        {
            return await call(answer.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (NatsFailure.IsSilence(exception) && !cancellationToken.IsCancellationRequested)
        {
            throw new ControlStoreException(NatsFailure.NotReached, exception);
        }
        catch (NATS.Client.JetStream.NatsJSApiException exception)
        {
            throw new ControlStoreException(NatsFailure.Explain(exception.Error), exception);
        }
    }
}
