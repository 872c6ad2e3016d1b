using Microsoft.Extensions.Logging;
using Unarr.Agents.Downlink.ControlPlane;

namespace Unarr.Agents.Downlink.Observing;

/// <summary>Asks the application what follows a refusal: one call at a time, whichever endpoint refused.</summary>
internal sealed class Refusals(DownlinkHandler handler, ILogger logger) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly TaskCompletionSource<string> _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly bool _isAsked = new HandlerOverrides(handler).OnRefused;

    /// <summary>Ends, with the refusal, when the application has decided that the downlink ends.</summary>
    public Task<string> Stopped => _stopped.Task;

    /// <summary>Decides about a failure: <see cref="RefusalAction.Default"/> when it is not a refusal, the application threw, or the token
    /// ended the wait for it.</summary>
    public async ValueTask<RefusalAction> DecideAsync(ControlPlaneException failure, CancellationToken cancellationToken)
    {
        if (!_isAsked || !failure.IsRefusal)
        {
            return RefusalAction.Default;
        }

        bool hasTurn = false;
        try
        {
            await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            hasTurn = true;

            // On a thread of the pool: one that blocks must not hold up the end of the downlink.
            RefusalAction action = await Task
                .Run(() => handler.OnRefusedAsync(DownlinkException.Of(failure), cancellationToken).AsTask(), CancellationToken.None)
                .WaitAsync(cancellationToken).ConfigureAwait(false);
            if (action == RefusalAction.Stop)
            {
                _stopped.TrySetResult(failure.Message);
            }

            return action;
        }
        catch (Exception exception)
        {
            if (!cancellationToken.IsCancellationRequested)
            {
                DownlinkLog.NotificationFailed(logger, nameof(DownlinkHandler.OnRefusedAsync), exception);
            }

            return RefusalAction.Default;
        }
        finally
        {
            if (hasTurn)
            {
                _turn.Release();
            }
        }
    }

    public void Dispose() => _turn.Dispose();
}
