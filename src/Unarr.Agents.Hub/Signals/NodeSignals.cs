using Unarr.Agents.Hub.Lines;

namespace Unarr.Agents.Hub.Signals;

/// <summary>The signals of this node and the others; a hub of one node has none.</summary>
internal sealed partial class NodeSignals(AgentSignals? signals, TimeProvider time, ILogger<NodeSignals> logger)
{
    private static readonly TimeSpan ListenAgain = TimeSpan.FromSeconds(1);

    private volatile bool _isListening;

    /// <summary>Whether the hub has more than one node.</summary>
    public bool AreUsed => signals is not null;

    /// <summary>Whether this node hears of the others.</summary>
    public bool IsListening => _isListening || signals is null;

    /// <summary>Reports something to the other nodes; nobody waits for it, and it may be lost.</summary>
    public void Publish(AgentSignalKind kind, string agentId, long sequence)
    {
        if (signals is not null)
        {
            _ = PublishAsync(new AgentSignal { Kind = kind, AgentId = agentId, Sequence = sequence });
        }
    }

    /// <summary>Hands on what other nodes report, until cancelled.</summary>
    /// <param name="heard">Is called with each signal.</param>
    /// <param name="missed">Is called when signals may have been missed.</param>
    /// <param name="cancellationToken">Ends the listening.</param>
    public async Task ListenAsync(Action<AgentSignal> heard, Action missed, CancellationToken cancellationToken)
    {
        while (signals is not null && !cancellationToken.IsCancellationRequested)
        {
            try
            {
                _isListening = true;
                missed();
                await foreach (AgentSignal signal in signals.ListenAsync(cancellationToken).ConfigureAwait(false))
                {
                    heard(signal);
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception exception)
            {
                LogNotHeard(exception);
            }

            _isListening = false;
            await Task.Delay(ListenAgain, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _isListening = false;
    }

    private async Task PublishAsync(AgentSignal signal)
    {
        try
        {
            await signals!.PublishAsync(signal, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            LogNotPublished(exception, Printable.Text(signal.AgentId));
        }
    }

    [LoggerMessage(32, LogLevel.Warning, "The other nodes cannot be heard: this node listens again in a second")]
    private partial void LogNotHeard(Exception exception);

    [LoggerMessage(33, LogLevel.Warning, "The other nodes were not told of a change of agent {Agent}: they find it a little later")]
    private partial void LogNotPublished(Exception exception, string agent);
}
