using Unarr.Agents.Hub.Lines;

namespace Unarr.Agents.Hub.Signals;

/// <summary>The signals of this node and the others; a hub of one node has none.</summary>
internal sealed class NodeSignals : IDisposable
{
    private static readonly TimeSpan ListenAgain = TimeSpan.FromSeconds(1);

    private readonly AgentSignals? _signals;
    private readonly TimeProvider _time;
    private readonly ILogger<NodeSignals> _logger;
    private readonly RatedLine _notPublished;
    private volatile bool _isListening;

    public NodeSignals(AgentSignals? signals, TimeProvider time, ILogger<NodeSignals> logger)
    {
        _signals = signals;
        _time = time;
        _logger = logger;
        _notPublished = new RatedLine((last, count) => HubLog.NodesNotTold(_logger, count, last), time);
    }

    /// <summary>Whether the hub has more than one node.</summary>
    public bool AreUsed => _signals is not null;

    /// <summary>Whether this node hears of the others.</summary>
    public bool IsListening => _isListening || _signals is null;

    /// <summary>Reports something to the other nodes; nobody waits for it, and it may be lost.</summary>
    public void Publish(AgentSignalKind kind, string agentId, long sequence)
    {
        if (_signals is not null)
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
        while (_signals is not null && !cancellationToken.IsCancellationRequested)
        {
            try
            {
                _isListening = true;
                missed();
                await foreach (AgentSignal signal in _signals.ListenAsync(cancellationToken).ConfigureAwait(false))
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
                HubLog.NodesNotHeard(_logger, exception);
            }

            _isListening = false;
            await Task.Delay(ListenAgain, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _isListening = false;
    }

    public void Dispose() => _notPublished.Dispose();

    private async Task PublishAsync(AgentSignal signal)
    {
        try
        {
            await _signals!.PublishAsync(signal, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _notPublished.Write($"{Printable.Text(signal.AgentId)}: {exception.Message}");
        }
    }
}
