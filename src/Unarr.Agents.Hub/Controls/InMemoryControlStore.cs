using System.Collections.Concurrent;

namespace Unarr.Agents.Hub.Controls;

/// <summary>Keeps controls in memory, for as long as the process lives.</summary>
/// <param name="maxEnded">How many ended controls are kept of each agent.</param>
internal sealed class InMemoryControlStore(int maxEnded = ControlStore.MinEnded) : ControlStore
{
    private readonly ConcurrentDictionary<string, MemoryQueue> _queues = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, RememberedAgent> _agents = new(StringComparer.Ordinal);

    // A number of all agents' controls: an agent that was removed and is added again goes on with higher ones.
    private long _sequence;

    public override ValueTask<IReadOnlyList<PushResult>> AddAsync(
        IReadOnlyList<ControlRecord> controls, int maxPending, CancellationToken cancellationToken)
    {
        List<PushResult> results = [];
        foreach (PushGroup group in PushGroup.Of(controls))
        {
            QueueSize further = QueueSize.Of(group.Controls);
            PushResult? result;
            while ((result = TryAdd(group, further, maxPending)) is null)
            {
                // The agent was removed at this moment: it has a new queue by now.
            }

            results.Add(result);
        }

        return ValueTask.FromResult<IReadOnlyList<PushResult>>(results);
    }

    public override ValueTask<IReadOnlyList<ControlRecord>> GetPendingAsync(
        string agentId, long afterSequence, int maxCount, CancellationToken cancellationToken) =>
        ValueTask.FromResult(InQueue<IReadOnlyList<ControlRecord>>(agentId, queue => queue.ReadAfter(afterSequence, maxCount), []));

    public override ValueTask<IReadOnlyList<ControlRecord>> UpdateAsync(
        string agentId, IReadOnlyList<ControlUpdate> updates, CancellationToken cancellationToken) =>
        ValueTask.FromResult(InQueue<IReadOnlyList<ControlRecord>>(
            agentId,
            queue =>
            {
                List<ControlRecord> changed = [];
                foreach (ControlUpdate update in updates)
                {
                    if (queue.Update(update) is { } record)
                    {
                        changed.Add(record);
                    }
                }

                return changed;
            },
            []));

    public override ValueTask<IReadOnlyList<ControlRecord>> GetEndedAsync(string agentId, CancellationToken cancellationToken) =>
        ValueTask.FromResult(InQueue<IReadOnlyList<ControlRecord>>(agentId, static queue => [.. queue.Ended], []));

    public override ValueTask<IReadOnlyDictionary<string, int>> CountPendingAsync(CancellationToken cancellationToken)
    {
        Dictionary<string, int> counts = new(StringComparer.Ordinal);
        foreach ((string agentId, MemoryQueue queue) in _queues)
        {
            lock (queue.Gate)
            {
                counts[agentId] = queue.Size.Controls;
            }
        }

        return ValueTask.FromResult<IReadOnlyDictionary<string, int>>(counts);
    }

    public override ValueTask<int> CountPendingAsync(string agentId, CancellationToken cancellationToken) =>
        ValueTask.FromResult(InQueue(agentId, static queue => queue.Size.Controls, 0));

    public override ValueTask<long?> FindPendingAsync(string agentId, string controlId, CancellationToken cancellationToken) =>
        ValueTask.FromResult(InQueue(agentId, queue => queue.Find(controlId), null));

    public override ValueTask RemoveAgentAsync(string agentId, CancellationToken cancellationToken)
    {
        _agents.TryRemove(agentId, out _);
        if (_queues.TryRemove(agentId, out MemoryQueue? queue))
        {
            lock (queue.Gate)
            {
                queue.Remove();
            }
        }

        return ValueTask.CompletedTask;
    }

    internal override ValueTask<IReadOnlyList<RememberedAgent>> GetRememberedAgentsAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<RememberedAgent>>([.. _agents.Values]);

    internal override ValueTask RememberAsync(IReadOnlyList<RememberedAgent> agents, CancellationToken cancellationToken)
    {
        foreach (RememberedAgent agent in agents)
        {
            _agents[agent.Id] = agent;
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Memory can always be used.</summary>
    public override ValueTask CheckAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <returns><see langword="null"/> when the agent's queue was removed in between.</returns>
    private PushResult? TryAdd(PushGroup group, QueueSize further, int maxPending)
    {
        MemoryQueue queue = _queues.GetOrAdd(group.AgentId, static (_, maxEnded) => new MemoryQueue(maxEnded), maxEnded);
        lock (queue.Gate)
        {
            return queue.IsRemoved ? null
                : queue.Size.Refuse(further, maxPending) is { } refusal ? group.Refused(refusal)
                : group.Queued(queue.Add(group.Controls, further, Interlocked.Add(ref _sequence, further.Controls)));
        }
    }

    private T InQueue<T>(string agentId, Func<MemoryQueue, T> work, T none)
    {
        if (!_queues.TryGetValue(agentId, out MemoryQueue? queue))
        {
            return none;
        }

        lock (queue.Gate)
        {
            return work(queue);
        }
    }
}
