using System.Collections.Concurrent;
using Unarr.Agents.Protocol;

namespace Unarr.Agents.Hub.Controls;

/// <summary>Keeps controls in memory, for as long as the process lives.</summary>
internal sealed class InMemoryControlStore : IControlStore
{
    /// <summary>How many ended controls are kept of each agent.</summary>
    public const int MaxSettled = 64;

    private readonly ConcurrentDictionary<string, Queue> _queues = new(StringComparer.Ordinal);

    public ValueTask<AddOutcome> TryAddAsync(
        string agentId, IReadOnlyList<ControlRecord> controls, int maxPending, CancellationToken cancellationToken)
    {
        Entry[] entries = [.. controls.Select(control => new Entry(control, QueueSize.BytesOf(StoredControl.Write(control.Control))))];
        QueueSize further = new(entries.Length, entries.Sum(entry => (long)entry.Bytes));
        Queue queue = _queues.GetOrAdd(agentId, static _ => new Queue());
        lock (queue.Gate)
        {
            AddOutcome outcome = queue.Size.Admit(further, maxPending);
            if (outcome == AddOutcome.Added)
            {
                queue.Size += further;
                foreach (Entry entry in entries)
                {
                    queue.Pending.Add(entry.Record.Id, entry);
                }
            }

            return ValueTask.FromResult(outcome);
        }
    }

    public ValueTask<PendingPage> ReadPendingAsync(string agentId, string? after, PageSize size, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Read(
            agentId,
            queue =>
            {
                int start = after is null ? 0 : queue.Pending.IndexOf(after) + 1;
                if (after is not null && start == 0)
                {
                    return PendingPage.Gone;
                }

                List<ControlRecord> page = [];
                long bytes = 0;
                for (int i = start; i < queue.Pending.Count; i++)
                {
                    Entry entry = queue.Pending.GetAt(i).Value;
                    bytes += entry.Bytes;
                    if (page.Count > 0 && (page.Count == size.Controls || bytes > size.Bytes))
                    {
                        return new PendingPage(page, HasMore: true);
                    }

                    page.Add(entry.Record);
                }

                return new PendingPage(page, HasMore: false);
            },
            after is null ? new PendingPage([], HasMore: false) : PendingPage.Gone));

    public ValueTask<IReadOnlyList<ControlRecord>> GetSettledAsync(string agentId, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Read<IReadOnlyList<ControlRecord>>(agentId, static queue => [.. queue.Settled], []));

    public ValueTask MarkHandedOutAsync(
        string agentId, IReadOnlyCollection<string> ids, DateTimeOffset at, CancellationToken cancellationToken)
    {
        Read(
            agentId,
            queue =>
            {
                foreach (string id in ids)
                {
                    if (queue.Pending.TryGetValue(id, out Entry entry))
                    {
                        queue.Pending[id] = entry with { Record = entry.Record with { State = ControlState.HandedOut, ChangedAt = at } };
                    }
                }

                return 0;
            },
            0);
        return ValueTask.CompletedTask;
    }

    public ValueTask<int> SettleAsync(
        string agentId, IReadOnlyCollection<ControlOutcome> outcomes, DateTimeOffset at, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Read(
            agentId,
            queue =>
            {
                int settled = 0;
                foreach (ControlOutcome outcome in outcomes)
                {
                    if (queue.Pending.Remove(outcome.Id, out Entry entry))
                    {
                        settled++;
                        queue.Size -= new QueueSize(1, entry.Bytes);
                        queue.Settled.Enqueue(entry.Record with { State = outcome.State, ChangedAt = at, Error = outcome.Error });
                    }
                }

                while (queue.Settled.Count > MaxSettled)
                {
                    queue.Settled.Dequeue();
                }

                return settled;
            },
            0));

    public ValueTask<IReadOnlyDictionary<string, int>> CountPendingAsync(CancellationToken cancellationToken)
    {
        Dictionary<string, int> counts = new(StringComparer.Ordinal);
        foreach ((string agentId, Queue queue) in _queues)
        {
            lock (queue.Gate)
            {
                counts[agentId] = queue.Size.Controls;
            }
        }

        return ValueTask.FromResult<IReadOnlyDictionary<string, int>>(counts);
    }

    /// <summary>Memory can always be used.</summary>
    public ValueTask CheckAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    private T Read<T>(string agentId, Func<Queue, T> read, T none)
    {
        if (!_queues.TryGetValue(agentId, out Queue? queue))
        {
            return none;
        }

        lock (queue.Gate)
        {
            return read(queue);
        }
    }

    private readonly record struct Entry(ControlRecord Record, int Bytes);

    private sealed class Queue
    {
        public Lock Gate { get; } = new();

        public OrderedDictionary<string, Entry> Pending { get; } = new(StringComparer.Ordinal);

        public Queue<ControlRecord> Settled { get; } = new();

        public QueueSize Size { get; set; }
    }
}
