namespace Unarr.Agents.Hub;

/// <summary>How the nodes of one hub hear of each other. Base class for authors; a hub of one node needs none.</summary>
/// <remarks>A signal that is lost only delays: what must last is in the store, and each heartbeat and sync looks there.</remarks>
public abstract class AgentSignals
{
    /// <summary>Reports something to the other nodes.</summary>
    /// <param name="signal">The signal.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public abstract ValueTask PublishAsync(AgentSignal signal, CancellationToken cancellationToken);

    /// <summary>Enumerates what other nodes report, until cancelled. When it ends or throws, the hub listens again after a second and
    /// takes it that it missed signals.</summary>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    public abstract IAsyncEnumerable<AgentSignal> ListenAsync(CancellationToken cancellationToken);
}
