using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Unarr.Agents.Hub.Controls;

namespace Unarr.Agents.Hub.Sqlite;

/// <summary>What is known of all agents' pending controls without reading the file: how many they are, and the short queues
/// themselves.</summary>
/// <remarks>Any thread reads what is committed; what a transaction changes is kept apart until then, and is the writer's alone.</remarks>
internal sealed class HeldQueues
{
    /// <summary>How much memory all held controls take; past it all of them are let go, and are read from the file again.</summary>
    public const long MaxBytes = 16 * 1024 * 1024;

    // Of an agent that is not in it nothing is pending.
    private readonly ConcurrentDictionary<string, HeldQueue> _queues = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HeldQueue> _changed = new(StringComparer.Ordinal);
    private long _heldBytes;
    private volatile bool _isKnown;

    /// <summary>Whether it is known what is pending; until <see cref="Know"/> it is not.</summary>
    public bool IsKnown => _isKnown;

    /// <summary>How many controls each agent has pending.</summary>
    public IReadOnlyDictionary<string, int> Counts =>
        _queues.ToDictionary(static queue => queue.Key, static queue => queue.Value.Size.Controls, StringComparer.Ordinal);

    /// <summary>How much each agent has pending was counted.</summary>
    public void Know(IEnumerable<(string AgentId, QueueSize Size)> sizes)
    {
        foreach ((string agentId, QueueSize size) in sizes)
        {
            _queues[agentId] = new HeldQueue(size, null);
        }

        _isKnown = true;
    }

    /// <summary>Finds what is committed.</summary>
    /// <returns><see langword="false"/> while nothing is known.</returns>
    public bool TryGet(string agentId, [NotNullWhen(true)] out HeldQueue? queue)
    {
        queue = _isKnown ? _queues.GetValueOrDefault(agentId, HeldQueue.Empty) : null;
        return queue is not null;
    }

    /// <summary>Returns the agent's queue as the open transaction has it.</summary>
    public HeldQueue InTransaction(string agentId) =>
        _changed.GetValueOrDefault(agentId) ?? _queues.GetValueOrDefault(agentId, HeldQueue.Empty);

    /// <summary>The open transaction changes an agent's queue.</summary>
    public void Change(string agentId, HeldQueue queue) => _changed[agentId] = queue;

    /// <summary>The transaction is committed.</summary>
    public void Commit()
    {
        foreach ((string agentId, HeldQueue queue) in _changed)
        {
            Set(agentId, queue);
        }

        _changed.Clear();
    }

    /// <summary>The transaction came to nothing.</summary>
    public void Discard() => _changed.Clear();

    /// <summary>Sets what was read of an agent outside a transaction.</summary>
    public void Set(string agentId, HeldQueue queue)
    {
        _heldBytes += queue.HeldBytes - _queues.GetValueOrDefault(agentId, HeldQueue.Empty).HeldBytes;
        if (queue.Size.Controls == 0)
        {
            _queues.TryRemove(agentId, out _);
        }
        else
        {
            _queues[agentId] = queue;
        }

        if (_heldBytes > MaxBytes)
        {
            LetGo();
        }
    }

    private void LetGo()
    {
        foreach ((string agentId, HeldQueue queue) in _queues)
        {
            if (queue.Controls is not null)
            {
                _queues[agentId] = queue with { Controls = null };
            }
        }

        _heldBytes = 0;
    }
}
