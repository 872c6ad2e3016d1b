namespace Unarr.ControlPlane.Controls;

/// <summary>Where controls are kept from the operator's push until they are settled: the one thing that must outlive a process.</summary>
/// <remarks>
/// Every call is one transaction. Calls may come at once for any agents; the pushes of one agent come one after the other, and pending
/// controls are given back in that order.
/// </remarks>
internal interface IControlStore
{
    /// <summary>Adds pending controls, all of them or none.</summary>
    /// <returns><see langword="false"/> when the agent would then have more than <paramref name="maxPending"/> pending.</returns>
    ValueTask<bool> TryAddAsync(string agentId, IReadOnlyList<ControlRecord> controls, int maxPending, CancellationToken cancellationToken);

    /// <summary>The agent's pending controls, in the order in which they were pushed.</summary>
    ValueTask<IReadOnlyList<ControlRecord>> GetPendingAsync(string agentId, CancellationToken cancellationToken);

    /// <summary>Marks pending controls as handed out by a sync; they stay pending. Ids that are not pending are ignored.</summary>
    ValueTask MarkHandedOutAsync(string agentId, IReadOnlyCollection<string> ids, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>Ends pending controls. Ids that are not pending are ignored, so that telling twice is harmless.</summary>
    /// <returns>How many it ended.</returns>
    ValueTask<int> SettleAsync(string agentId, IReadOnlyCollection<ControlOutcome> outcomes, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>The agent's controls that ended last, oldest first; how many are kept is the store's.</summary>
    ValueTask<IReadOnlyList<ControlRecord>> GetSettledAsync(string agentId, CancellationToken cancellationToken);

    /// <summary>How many controls each agent has pending; agents without any may be left out.</summary>
    ValueTask<IReadOnlyDictionary<string, int>> CountPendingAsync(CancellationToken cancellationToken);
}
