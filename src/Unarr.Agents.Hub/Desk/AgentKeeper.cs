using Unarr.Agents.Hub.Agents;

namespace Unarr.Agents.Hub.Desk;

/// <summary>Keeps in the store what is known of agents, so that it is known after a restart too. A store that fails is tried again: no
/// agent waits for it.</summary>
internal sealed class AgentKeeper(AgentDirectory agents, ControlStore store)
{
    /// <summary>How often it looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    // One call of the store is short.
    private const int AtOnce = 1000;

    /// <summary>Reads what the store has.</summary>
    /// <exception cref="ControlStoreException">The store failed.</exception>
    public async Task LoadAsync(CancellationToken cancellationToken) =>
        agents.Memory.Load(await store.GetRememberedAgentsAsync(cancellationToken).ConfigureAwait(false));

    /// <summary>The agents that are other than the store has them.</summary>
    /// <param name="exactly">Whether the time when an agent was here last counts to the moment; all are compared then, else those that
    /// have done something since the last look.</param>
    public List<RememberedAgent> Look(bool exactly) => agents.Memory.Changed(
        (exactly ? agents.All : agents.TakeToBeKept()).Where(static agent => agent.HasBeenHere)
            .Select(agent => agents.InfoOf(agent, pending: 0)),
        exactly);

    /// <summary>Writes agents.</summary>
    /// <exception cref="ControlStoreException">The store failed; what it took before stays.</exception>
    public async Task KeepAsync(IReadOnlyList<RememberedAgent> changed, CancellationToken cancellationToken)
    {
        int kept = 0;
        try
        {
            foreach (RememberedAgent[] some in changed.Chunk(AtOnce))
            {
                await store.RememberAsync(some, cancellationToken).ConfigureAwait(false);
                agents.Memory.Kept(some);
                kept += some.Length;
            }
        }
        finally
        {
            foreach (RememberedAgent agent in changed.Skip(kept))
            {
                agents.Find(agent.Id)?.ToBeKept();
            }
        }
    }
}
