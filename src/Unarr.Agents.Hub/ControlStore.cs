namespace Unarr.Agents.Hub;

/// <summary>Where controls are kept from a push until after their end. Base class for authors of stores.</summary>
/// <remarks>
/// <para>
/// Each call is one transaction and may come from any thread. When it returns, what it stored is as safe as the store promises. Every call
/// throws <see cref="ControlStoreException"/> when the store cannot be read or written; nothing of that call is stored then. The hub takes
/// any other exception for the same failure, and shows its type alone to whoever asks.
/// </para>
/// <para>
/// The order of an agent's controls is the order of the transactions that added them. A control that is read later is never in front of one
/// that was read earlier.
/// </para>
/// <para>
/// A store decides nothing by a clock: the hub finds expired controls and ends them.
/// </para>
/// </remarks>
public abstract class ControlStore
{
    /// <summary>The largest total of an agent's pending controls as written: 768 KiB.</summary>
    public const int MaxPendingBytes = 768 * 1024;

    /// <summary>How many ended controls a store keeps of each agent at least: 64.</summary>
    public const int MinEnded = 64;

    /// <summary>How many a store may be asked to keep.</summary>
    internal const int MostEnded = 10_000;

    /// <summary>Why the store answers from what it knew last; <see langword="null"/> when it does not.</summary>
    internal virtual string? Degraded => null;

    /// <summary>Adds pending controls to the queues of one or many agents: for each agent all of its controls, or none.</summary>
    /// <param name="controls">
    /// The controls. They are grouped by agent, have an id that no other control has, and are in state
    /// <see cref="ControlState.Pending"/>.
    /// </param>
    /// <param name="maxPending">How many controls an agent may have pending. They may also take at most <see cref="MaxPendingBytes"/>
    /// as JSON.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <returns>One result for each agent, in the order of <paramref name="controls"/>: <see cref="PushStatus.Queued"/> with the ids and
    /// the last sequence, or <see cref="PushStatus.Full"/>. The controls of one agent get sequences that follow each other.</returns>
    public abstract ValueTask<IReadOnlyList<PushResult>> AddAsync(
        IReadOnlyList<ControlRecord> controls, int maxPending, CancellationToken cancellationToken);

    /// <summary>Adds controls that an earlier call, here or on another node, may have added: what is or was there is not added again. By
    /// default it is an <see cref="AddAsync"/>, for a store that no other node writes.</summary>
    /// <param name="controls">As in <see cref="AddAsync"/>.</param>
    /// <param name="maxPending">As in <see cref="AddAsync"/>.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <returns>As <see cref="AddAsync"/>; the last sequence is 0 where the controls have ended.</returns>
    internal virtual ValueTask<IReadOnlyList<PushResult>> AddOnceAsync(
        IReadOnlyList<ControlRecord> controls, int maxPending, CancellationToken cancellationToken) =>
        AddAsync(controls, maxPending, cancellationToken);

    /// <summary>Reads an agent's pending controls in their order.</summary>
    /// <param name="agentId">The agent.</param>
    /// <param name="afterSequence">The sequence after which to read; 0 reads from the first.</param>
    /// <param name="maxCount">How many to read at most; more than 0.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <returns>
    /// The controls. One that the store cannot read is returned once, in state <see cref="ControlState.Unreadable"/>; it is then among
    /// those that ended.
    /// </returns>
    public abstract ValueTask<IReadOnlyList<ControlRecord>> GetPendingAsync(
        string agentId, long afterSequence, int maxCount, CancellationToken cancellationToken);

    /// <summary>Sets states of an agent's controls.</summary>
    /// <param name="agentId">The agent.</param>
    /// <param name="updates">
    /// The new states; their order is the order in which the controls end. Ids that are not pending are ignored, with one exception: a
    /// control that ended as <see cref="ControlState.Expired"/> or <see cref="ControlState.Withdrawn"/>, and that the store still has,
    /// becomes <see cref="ControlState.Applied"/> or <see cref="ControlState.Failed"/>, because the agent had it already.
    /// </param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <returns>The controls that were changed, as they now are, each with its <see cref="ControlRecord.PreviousState"/>.</returns>
    public abstract ValueTask<IReadOnlyList<ControlRecord>> UpdateAsync(
        string agentId, IReadOnlyList<ControlUpdate> updates, CancellationToken cancellationToken);

    /// <summary>Reads the controls of an agent that ended last, oldest first. Those that could not be read come first.</summary>
    /// <param name="agentId">The agent.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    public abstract ValueTask<IReadOnlyList<ControlRecord>> GetEndedAsync(string agentId, CancellationToken cancellationToken);

    /// <summary>Reads the controls of an agent that ended last, oldest first. By default all ended ones are read.</summary>
    /// <param name="agentId">The agent.</param>
    /// <param name="maxCount">How many to read at most.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    internal virtual async ValueTask<IReadOnlyList<ControlRecord>> GetLastEndedAsync(
        string agentId, int maxCount, CancellationToken cancellationToken)
    {
        IReadOnlyList<ControlRecord> all = await GetEndedAsync(agentId, cancellationToken).ConfigureAwait(false);
        return all.Count <= maxCount ? all : [.. all.Skip(all.Count - maxCount)];
    }

    /// <summary>Reads the ended controls of an agent from its newest to its oldest, by their place in the agent's order. By default all
    /// ended ones are read.</summary>
    /// <param name="agentId">The agent.</param>
    /// <param name="beforeSequence">The sequence before which to read; <see cref="long.MaxValue"/> reads from the newest.</param>
    /// <param name="maxCount">How many to read at most.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    internal virtual async ValueTask<IReadOnlyList<ControlRecord>> GetEndedBeforeAsync(
        string agentId, long beforeSequence, int maxCount, CancellationToken cancellationToken) =>
        [
            .. (await GetEndedAsync(agentId, cancellationToken).ConfigureAwait(false))
                .Where(record => record.Sequence < beforeSequence).OrderByDescending(static record => record.Sequence).Take(maxCount),
        ];

    /// <summary>Counts the pending controls of each agent. Agents without any may be left out.</summary>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    public abstract ValueTask<IReadOnlyDictionary<string, int>> CountPendingAsync(CancellationToken cancellationToken);

    /// <summary>Forgets an agent and all of its controls. An agent that the store does not know is ignored.</summary>
    /// <param name="agentId">The agent.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    public abstract ValueTask RemoveAgentAsync(string agentId, CancellationToken cancellationToken);

    /// <summary>Counts the pending controls of one agent. By default all are counted.</summary>
    /// <param name="agentId">The agent.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    public virtual async ValueTask<int> CountPendingAsync(string agentId, CancellationToken cancellationToken) =>
        (await CountPendingAsync(cancellationToken).ConfigureAwait(false)).GetValueOrDefault(agentId);

    /// <summary>Finds a pending control by its id. By default all pending controls of the agent are read.</summary>
    /// <param name="agentId">The agent.</param>
    /// <param name="controlId">The control's id.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <returns>The control's sequence; <see langword="null"/> when it is not pending.</returns>
    public virtual async ValueTask<long?> FindPendingAsync(string agentId, string controlId, CancellationToken cancellationToken)
    {
        const int AtOnce = 256;
        long after = 0;
        while (true)
        {
            IReadOnlyList<ControlRecord> page = await GetPendingAsync(agentId, after, AtOnce, cancellationToken).ConfigureAwait(false);
            foreach (ControlRecord record in page)
            {
                if (record.Control.Id == controlId && record.State != ControlState.Unreadable)
                {
                    return record.Sequence;
                }

                after = record.Sequence;
            }

            if (page.Count < AtOnce)
            {
                return null;
            }
        }
    }

    /// <summary>Reads what is kept of agents. By default nothing is.</summary>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    internal virtual ValueTask<IReadOnlyList<RememberedAgent>> GetRememberedAgentsAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<RememberedAgent>>([]);

    /// <summary>Keeps what is known of agents, each in place of what was kept of it before. By default nothing is kept.</summary>
    /// <param name="agents">The agents.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    internal virtual ValueTask RememberAsync(IReadOnlyList<RememberedAgent> agents, CancellationToken cancellationToken) =>
        ValueTask.CompletedTask;

    /// <summary>Checks that the store can be used; after a failure it tries a write, so that a store that works again is found out.
    /// By default the pending controls are counted.</summary>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    public virtual async ValueTask CheckAsync(CancellationToken cancellationToken) =>
        await CountPendingAsync(cancellationToken).ConfigureAwait(false);
}
