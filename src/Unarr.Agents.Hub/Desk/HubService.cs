using Microsoft.Extensions.Hosting;
using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Hub.Controls;
using Unarr.Agents.Hub.Handling;
using Unarr.Agents.Hub.Lines;
using Unarr.Agents.Hub.Signals;

namespace Unarr.Agents.Hub.Desk;

/// <summary>What the hub does as long as the host runs: it ends controls that expire, listens to other nodes, and ends what is open when
/// the host stops.</summary>
internal sealed class HubService(
    AgentDirectory agents, ControlDesk desk, AgentKeeper keeper, ControlStore store, ExpiryTimes expiries, HandlerCalls handler,
    NodeSignals signals, AgentHubSettings settings, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<HubService> logger)
    : IHostedService, IDisposable
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stopping = new();
    private Task _listening = Task.CompletedTask;
    private Task _looking = Task.CompletedTask;
    private Task _keeping = Task.CompletedTask;
    private IReadOnlyList<RememberedAgent> _last = [];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await keeper.LoadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ControlStoreException)
        {
            // The store has logged it. The hub starts without what was known before.
        }

        // A clock may call its timers in the middle of any call of it: nothing else is done there.
        expiries.Due = agentId => _ = Task.Run(() => ExpireAsync(agentId), CancellationToken.None);

        // Before the server stops accepting and waits for what is open: streams and polls would keep it waiting.
        lifetime.ApplicationStopping.Register(() =>
        {
            // As they are now: a moment later none of them can be reached.
            _last = keeper.Look(exactly: true);
            _ = StopAgentsAsync();
        });
        _listening = signals.ListenAsync(Hear, LookEverywhere, _stopping.Token);
        _looking = Task.Run(LookForExpiriesAsync, CancellationToken.None);
        _keeping = Task.Run(KeepAgentsAsync, CancellationToken.None);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_listening, _looking, _keeping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await KeepAsync(_last, cancellationToken).ConfigureAwait(false);
        await agents.CallsEnded.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        handler.Stop();
    }

    public void Dispose() => _stopping.Dispose();

    /// <summary>Ends all streams: at once, or spread over the drain time where agents have other nodes to go to.</summary>
    private async Task StopAgentsAsync()
    {
        agents.Close();
        Agent[] all = [.. agents.All];
        long start = time.GetTimestamp();
        for (int i = 0; i < all.Length && settings.DrainTime > TimeSpan.Zero; i++)
        {
            TimeSpan wait = (settings.DrainTime * ((double)i / all.Length)) - time.GetElapsedTime(start);
            if (wait > TimeSpan.FromMilliseconds(10))
            {
                await Task.Delay(wait, time, CancellationToken.None).ConfigureAwait(false);
            }

            all[i].EndStream();
        }

        agents.EndStreams();
    }

    /// <summary>Finds out when controls expire that were pushed before the start.</summary>
    private async Task LookForExpiriesAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                foreach ((string agentId, int count) in await store.CountPendingAsync(_stopping.Token).ConfigureAwait(false))
                {
                    if (count > 0)
                    {
                        await desk.ExpireAsync(agentId, _stopping.Token).ConfigureAwait(false);
                    }
                }

                return;
            }
            catch (Exception exception) when (exception is ControlStoreException or OperationCanceledException)
            {
                // The store has logged it; a stop ends the loop.
                await Task.Delay(LookAgain, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Keeps in the store what is known of agents.</summary>
    private async Task KeepAgentsAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            await Task.Delay(AgentKeeper.Interval, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!lifetime.ApplicationStopping.IsCancellationRequested)
            {
                await KeepAsync(keeper.Look(exactly: false), _stopping.Token).ConfigureAwait(false);
            }
        }
    }

    private async Task KeepAsync(IReadOnlyList<RememberedAgent> changed, CancellationToken cancellationToken)
    {
        try
        {
            await keeper.KeepAsync(changed, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ControlStoreException or OperationCanceledException or ObjectDisposedException)
        {
            HubLog.AgentsNotKept(logger, changed.Count, exception.Message);
        }
    }

    private async Task ExpireAsync(string agentId)
    {
        try
        {
            await desk.ExpireAsync(agentId, _stopping.Token).ConfigureAwait(false);
        }
        catch (ControlStoreException)
        {
            // The store has logged it. Nothing that has expired is handed out meanwhile.
            expiries.Note(agentId, time.GetUtcNow() + LookAgain);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            HubLog.ExpiryStopped(logger, Printable.Text(agentId));
        }
        catch (Exception exception)
        {
            HubLog.ExpiryFailed(logger, exception, Printable.Text(agentId));
            expiries.Note(agentId, time.GetUtcNow() + LookAgain);
        }
    }

    private void Hear(AgentSignal signal)
    {
        if (signal is { Kind: AgentSignalKind.Pushed, AgentId: { } agentId })
        {
            agents.Find(agentId)?.Pushed(ackWithin: 0);
        }

        agents.Changes.Raise();
    }

    /// <summary>Signals may have been missed: every stream and poll here looks at the store.</summary>
    private void LookEverywhere()
    {
        foreach (Agent agent in agents.All)
        {
            agent.Pushed(ackWithin: 0);
        }
    }
}
