using System.Collections.Concurrent;

namespace Unarr.ControlPlane.Controls;

/// <summary>Keeps controls in memory, for as long as the process lives.</summary>
internal sealed class InMemoryControlStore : IControlStore
{
    /// <summary>How many ended controls are kept of each agent.</summary>
    public const int MaxSettled = 64;

    private readonly ConcurrentDictionary<string, Queue> _queues = new(StringComparer.Ordinal);

    public ValueTask<bool> TryAddAsync(
        string agentId, IReadOnlyList<ControlRecord> controls, int maxPending, CancellationToken cancellationToken)
    {
        Queue queue = _queues.GetOrAdd(agentId, static _ => new Queue());
        lock (queue.Gate)
        {
            if (controls.Count > maxPending - queue.Pending.Count)
            {
                return ValueTask.FromResult(false);
            }

            foreach (ControlRecord control in controls)
            {
                queue.Pending.Add(control.Id, control);
            }

            return ValueTask.FromResult(true);
        }
    }

    public ValueTask<IReadOnlyList<ControlRecord>> GetPendingAsync(string agentId, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Read<IReadOnlyList<ControlRecord>>(agentId, static queue => [.. queue.Pending.Values], []));

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
                    if (queue.Pending.TryGetValue(id, out ControlRecord? control))
                    {
                        queue.Pending[id] = control with { State = ControlState.HandedOut, ChangedAt = at };
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
                    if (queue.Pending.Remove(outcome.Id, out ControlRecord? control))
                    {
                        settled++;
                        queue.Settled.Enqueue(control with { State = outcome.State, ChangedAt = at, Error = outcome.Error });
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
                counts[agentId] = queue.Pending.Count;
            }
        }

        return ValueTask.FromResult<IReadOnlyDictionary<string, int>>(counts);
    }

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

    private sealed class Queue
    {
        public Lock Gate { get; } = new();

        public OrderedDictionary<string, ControlRecord> Pending { get; } = new(StringComparer.Ordinal);

        public Queue<ControlRecord> Settled { get; } = new();
    }
}
