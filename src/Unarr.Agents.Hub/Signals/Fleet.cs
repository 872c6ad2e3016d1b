namespace Unarr.Agents.Hub.Signals;

/// <summary>What the nodes of one hub know together. A hub of one node has none.</summary>
internal abstract class Fleet
{
    /// <summary>The name of this node.</summary>
    public abstract string NodeName { get; }

    /// <summary>Returns the agents that have been on this node, for the nodes that ask.</summary>
    public Func<IReadOnlyList<AgentInfo>> Here { get; set; } = static () => [];

    /// <summary>Returns the digest of the keys that count on this node; empty for none.</summary>
    public Func<string> KeyDigest { get; set; } = static () => "";

    /// <summary>Is called when an agent is watched now, or not any more, on whichever node that was set.</summary>
    public Action<string, bool>? WatchedChanged { get; set; }

    /// <summary>All nodes that are known, this one included.</summary>
    public abstract IReadOnlyList<NodeInfo> Nodes { get; }

    /// <summary>Asks the other nodes for their agents, at most once a second for all who look.</summary>
    public abstract Task<FleetView> AskAsync(CancellationToken cancellationToken);

    public abstract bool IsWatched(string agentId);

    /// <exception cref="ControlStoreException">It cannot be stored.</exception>
    public abstract Task SetWatchedAsync(string agentId, bool isWatched, CancellationToken cancellationToken);

    /// <summary>The ids of the agents that were on any node.</summary>
    public abstract IEnumerable<string> KnownIds { get; }

    /// <summary>What is known of an agent, wherever it was; <see langword="null"/> for nothing.</summary>
    public abstract KnownAgent? Known(string agentId);

    /// <summary>Notes what is known of an agent; it is written only when it is other than before.</summary>
    public abstract void Know(string agentId, KnownAgent agent);

    /// <summary>Forgets an agent.</summary>
    public abstract Task ForgetAsync(string agentId, CancellationToken cancellationToken);

    /// <summary>Opens an operator's session on all nodes.</summary>
    /// <exception cref="ControlStoreException">It cannot be stored.</exception>
    public abstract Task OpenSessionAsync(string digest, string proof, CancellationToken cancellationToken);

    /// <summary>Ends a session on all nodes.</summary>
    /// <exception cref="ControlStoreException">It cannot be stored.</exception>
    public abstract Task CloseSessionAsync(string digest, CancellationToken cancellationToken);

    /// <summary>The proof of an open session; <see langword="null"/> when there is none.</summary>
    public abstract string? FindSession(string digest);
}
