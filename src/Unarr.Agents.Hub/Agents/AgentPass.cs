
namespace Unarr.Agents.Hub.Agents;

/// <summary>What one key lets its holder do: be this agent, until the key is replaced or removed.</summary>
internal sealed class AgentPass(Agent agent) : IDisposable
{
    private readonly CancellationTokenSource _ended = new();

    public Agent Agent => agent;

    /// <summary>Is cancelled when the key does not count any more: what was opened with it ends.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Ends what was opened with the key.</summary>
    public void End() => _ended.Cancel();

    public void Dispose() => _ended.Dispose();
}
