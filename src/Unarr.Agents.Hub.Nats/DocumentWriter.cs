using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using NATS.Client.Core;

namespace Unarr.Agents.Hub.Nats;

/// <summary>Writes documents: the calls about one agent wait in one queue and go out together, one compare-and-set at a time.</summary>
/// <remarks>
/// A wrong revision is tried again on the document as it is now. After a silence the document is looked at first: a write that is in it was
/// stored, and is not made again. Both for <see cref="NatsSettings.CallTime"/>. What may have been stored and have left the document
/// again is looked up among the ended controls, after the document was read: a control that leaves it later changes its revision. The time
/// in which a call waits for the one before it about the same agent counts, the time in which it waits for a place does not.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle nobody takes has nothing to dispose of.")]
internal sealed class DocumentWriter(DocumentLink link, DocumentCache cache, Action<string, PendingDocument> stored)
{
    // Together with the other nodes' it is about what a stream takes at once.
    private const int MaxInFlight = 256;

    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(2);

    // What a call has left at least when the one before it was stored after a long time.
    private static readonly TimeSpan LeastTime = TimeSpan.FromSeconds(0.4);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<DocumentWrite>> _waiting = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _inFlight = new(MaxInFlight);

    /// <summary>Changes an agent's document.</summary>
    /// <param name="agentId">The agent.</param>
    /// <param name="apply">Changes a draft; called once for each try.</param>
    /// <param name="isDoubtful">Says of a result that it may come from a document that is behind: the document is read again then.</param>
    /// <param name="looksBack">Whether what it adds may have been added, and have ended, before this call.</param>
    /// <returns>What <paramref name="apply"/> returned in the try that is stored.</returns>
    /// <exception cref="ControlStoreException">It is not stored, or not known to be.</exception>
    public Task<object?> WriteAsync(
        string agentId, Func<DocumentDraft, object?> apply, Func<object?, bool> isDoubtful, bool looksBack = false)
    {
        DocumentWrite write = new(apply, isDoubtful, looksBack);
        lock (_gate)
        {
            if (_waiting.TryGetValue(agentId, out List<DocumentWrite>? queue))
            {
                queue.Add(write);
                return write.Outcome;
            }

            _waiting.Add(agentId, [write]);
        }

        _ = RunAsync(agentId);
        return write.Outcome;
    }

    private async Task RunAsync(string agentId)
    {
        LastWrite last = default;
        while (true)
        {
            DocumentWrite[] writes;
            lock (_gate)
            {
                List<DocumentWrite> queue = _waiting[agentId];
                if (queue.Count == 0)
                {
                    _waiting.Remove(agentId);
                    return;
                }

                writes = [.. queue];
                queue.Clear();
            }

            await _inFlight.WaitAsync().ConfigureAwait(false);
            long began = Stopwatch.GetTimestamp();
            bool isStored = false;
            try
            {
                writes = last.IsStored ? writes : FailLate(writes, last);
                if (writes.Length > 0)
                {
                    await WriteAsync(agentId, writes, Start(began, last.Before(writes[0]))).ConfigureAwait(false);
                    isStored = true;
                }
            }
            catch (Exception exception)
            {
                ControlStoreException failure = exception as ControlStoreException
                    ?? new ControlStoreException($"it threw {exception.GetType().Name}", exception);
                Array.ForEach(writes, write => write.Fail(failure));
            }
            finally
            {
                _inFlight.Release();
            }

            last = new LastWrite(began, Stopwatch.GetTimestamp(), isStored);
        }
    }

    /// <summary>After a write that failed: fails the calls that have no time for a try of their own. Nothing of them was sent.</summary>
    private static DocumentWrite[] FailLate(DocumentWrite[] writes, LastWrite last)
    {
        DocumentWrite[] late = [.. writes.TakeWhile(write => NatsSettings.CallTime - last.Before(write) < AnswerTime)];
        Array.ForEach(late, static write => write.Fail(new ControlStoreException(NatsFailure.NotReached)));
        return writes[late.Length..];
    }

    /// <summary>From when on the time of a write counts, of which the oldest call has waited behind another write.</summary>
    private static long Start(long began, TimeSpan waited)
    {
        TimeSpan counts = waited < NatsSettings.CallTime - LeastTime ? waited : NatsSettings.CallTime - LeastTime;
        return began - (long)(counts.TotalSeconds * Stopwatch.Frequency);
    }

    private async Task WriteAsync(string agentId, DocumentWrite[] writes, long start)
    {
        List<(string Mark, object?[] Outcomes, long AddedFrom)> unknown = [];
        PendingDocument document = cache.Find(agentId);
        bool isRead = false;
        while (true)
        {
            HashSet<string> before = unknown.Count > 0 || Array.Exists(writes, static write => write.LooksBack)
                ? await LookBackAsync(agentId, start, unknown.Count > 0).ConfigureAwait(false) : [];
            DocumentDraft draft = new(document, before);
            object?[] outcomes = [.. writes.Select(write => write.Apply(draft))];
            if (!isRead && writes.Where((write, index) => write.IsDoubtful(outcomes[index])).Any())
            {
                document = await LookAsync(agentId, start, unknown.Count > 0).ConfigureAwait(false);
                cache.Step(agentId, document);
                isRead = true;
                continue;
            }

            if (!draft.IsChanged)
            {
                Complete(writes, outcomes);
                return;
            }

            string mark = Random.Shared.GetHexString(12, lowercase: true);
            StoreAttempt attempt = await TryAsync(agentId, draft, mark, start).ConfigureAwait(false);
            if (attempt.Stored is { } mine)
            {
                Take(agentId, mine, draft.AddedFrom, writes, outcomes);
                return;
            }

            if (attempt.IsUnknown)
            {
                unknown.Add((mark, outcomes, draft.AddedFrom));
            }
            else
            {
                await Task.Delay(Random.Shared.Next(1, 21)).ConfigureAwait(false);
            }

            isRead = false;
            document = attempt.CurrentRevision > 0 && unknown.Count == 0 && cache.Find(agentId) is var seen
                && seen.Revision >= attempt.CurrentRevision
                ? seen : await LookAsync(agentId, start, unknown.Count > 0).ConfigureAwait(false);
            if (unknown.Find(attempt => document.Mark.HasWrite(attempt.Mark)) is { Mark: not null } found)
            {
                Take(agentId, document, found.AddedFrom, writes, found.Outcomes);
                return;
            }

            cache.Step(agentId, document);
        }
    }

    private void Take(string agentId, PendingDocument document, long addedFrom, DocumentWrite[] writes, object?[] outcomes)
    {
        cache.Step(agentId, document, addedFrom);
        Complete(writes, outcomes);
        stored(agentId, document);
    }

    private async Task<StoreAttempt> TryAsync(string agentId, DocumentDraft draft, string mark, long start)
    {
        using CancellationTokenSource answer = new(Shorter(AnswerTime, Left(start)));
        try
        {
            return await link.TryStoreAsync(agentId, draft, mark, answer.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (NatsFailure.IsSilence(exception))
        {
            return StoreAttempt.Silent;
        }
    }

    /// <summary>Reads the document until it is there or the time is over.</summary>
    private Task<PendingDocument> LookAsync(string agentId, long start, bool mayBeStored) =>
        ReadAsync(cancel => link.ReadAsync(agentId, cancel), start, mayBeStored);

    /// <summary>Reads the ids of the controls that ended until they are there or the time is over.</summary>
    private async Task<HashSet<string>> LookBackAsync(string agentId, long start, bool mayBeStored)
    {
        List<ControlRecord> ended = await ReadAsync(cancel => link.ReadEndedAsync(agentId, cancel), start, mayBeStored)
            .ConfigureAwait(false);
        return new HashSet<string>(ended.Select(static record => record.Id), StringComparer.Ordinal);
    }

    private static async Task<T> ReadAsync<T>(Func<CancellationToken, Task<T>> read, long start, bool mayBeStored)
    {
        while (true)
        {
            TimeSpan left = Left(start);
            if (left <= TimeSpan.Zero)
            {
                throw new ControlStoreException(mayBeStored ? NatsFailure.Unknown : NatsFailure.NotReached);
            }

            try
            {
                using CancellationTokenSource answer = new(Shorter(AnswerTime, left));
                return await read(answer.Token).ConfigureAwait(false);
            }
            catch (Exception exception) when (NatsFailure.IsSilence(exception) || exception is NatsException)
            {
                await Task.Delay(Shorter(TimeSpan.FromMilliseconds(Random.Shared.Next(50, 150)), Left(start))).ConfigureAwait(false);
            }
        }
    }

    private static void Complete(DocumentWrite[] writes, object?[] outcomes)
    {
        for (int i = 0; i < writes.Length; i++)
        {
            writes[i].Complete(outcomes[i]);
        }
    }

    private static TimeSpan Left(long start) => NatsSettings.CallTime - Stopwatch.GetElapsedTime(start);

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) =>
        other <= TimeSpan.Zero ? TimeSpan.FromMilliseconds(1) : one < other ? one : other;
}
