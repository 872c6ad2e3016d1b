namespace Unarr.Agents.Hub.Controls;

/// <summary>Where controls are kept from the operator's push until they are settled: the one thing that must outlive a process.</summary>
/// <remarks>
/// Every call is one transaction, but for a long list of outcomes, which may be settled in several. Calls may come at once for any agents.
/// The order of an agent's controls is that of the transactions that added them: a control that is read later is never in front of one that
/// was read before. Every call throws <see cref="ControlStoreException"/> when the store cannot be read or written.
/// </remarks>
internal interface IControlStore
{
    /// <summary>
    /// Adds pending controls, all of them or none. An agent has at most <paramref name="maxPending"/> controls pending, and at most
    /// <see cref="QueueSize.MaxBytes"/> of them as written.
    /// </summary>
    ValueTask<AddOutcome> TryAddAsync(
        string agentId, IReadOnlyList<ControlRecord> controls, int maxPending, CancellationToken cancellationToken);

    /// <summary>Reads an agent's pending controls in the order of their pushes.</summary>
    /// <param name="agentId">The agent.</param>
    /// <param name="after">The pending control after which to read; <see langword="null"/> reads from the first.</param>
    /// <param name="size">How much to read at most.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <returns>The controls; <see cref="PendingPage.IsAfterGone"/> when <paramref name="after"/> is not pending.</returns>
    ValueTask<PendingPage> ReadPendingAsync(string agentId, string? after, PageSize size, CancellationToken cancellationToken);

    /// <summary>Marks pending controls as handed out by a sync; they stay pending. Ids that are not pending are ignored.</summary>
    ValueTask MarkHandedOutAsync(string agentId, IReadOnlyCollection<string> ids, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>Ends pending controls. Ids that are not pending are ignored, so that reporting one twice is harmless.</summary>
    /// <returns>How many it ended.</returns>
    ValueTask<int> SettleAsync(
        string agentId, IReadOnlyCollection<ControlOutcome> outcomes, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>
    /// The agent's controls that ended last, oldest first; how many are kept is the store's. Those that were set aside come first.
    /// </summary>
    ValueTask<IReadOnlyList<ControlRecord>> GetSettledAsync(string agentId, CancellationToken cancellationToken);

    /// <summary>How many controls each agent has pending; agents without any may be left out.</summary>
    ValueTask<IReadOnlyDictionary<string, int>> CountPendingAsync(CancellationToken cancellationToken);

    /// <summary>Checks that the store can be used. After a failure it tries a write,
    /// so that a store which works again is found out.</summary>
    ValueTask CheckAsync(CancellationToken cancellationToken);
}
