using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Unarr.Agents.Downlink.Applying;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Agents.Downlink.Deciding;
using Unarr.Agents.Downlink.Exchanging;
using Unarr.Agents.Downlink.Observing;
using Unarr.Agents.Downlink.Syncing;

namespace Unarr.Agents.Downlink;

/// <summary>One run of a downlink, from its start to its end: puts the rooms together.</summary>
/// <remarks>
/// The decisions are a pure machine's; this is the loop around it. What happens becomes its inputs, one at a time, and its effects are
/// carried out in order.
/// </remarks>
internal sealed class DownlinkRun : ISyncObserver, IDisposable
{
    private readonly ControlPlaneClient _client;
    private readonly DownlinkSettings _settings;
    private readonly ILogger _logger;
    private readonly SyncTrigger _trigger;
    private readonly Notifications _notifications;
    private readonly DownlinkInputs _inputs = new();
    private readonly DecisionLoop _decisions;
    private readonly DownlinkTelemetry _telemetry;
    private readonly StatusRecord _status;
    private readonly ControlLedger _ledger;
    private readonly ControlQueue _controls;
    private readonly SyncLoop _sync;
    private readonly Refusals _refusals;

    // The end of the time to shut down: what the application's calls are cancelled by.
    private readonly CancellationTokenSource _hardStop;

    /// <exception cref="IOException">The state file cannot be read or written, or another downlink has it.</exception>
    /// <exception cref="UnauthorizedAccessException">The state file may not be read or written.</exception>
    public DownlinkRun(
        ControlPlaneClient client, DownlinkSettings settings, DownlinkHandler handler, ILogger logger, StatusRecord status,
        SyncTrigger trigger)
    {
        _client = client;
        _settings = settings;
        _logger = logger;
        _trigger = trigger;
        _status = status;
        _notifications = new Notifications(handler, logger);
        DownlinkMachine machine = settings.Hedging
            ? new HedgingMachine(settings, settings.Random)
            : new SequentialMachine(settings, settings.Random);
        _telemetry = new DownlinkTelemetry(settings.Metrics, status.Cover, settings.TimeProvider);
        _ledger = new ControlLedger(settings.StateFile, logger);
        _hardStop = new CancellationTokenSource(Timeout.InfiniteTimeSpan, settings.TimeProvider);
        _controls = new ControlQueue(handler, _ledger, _telemetry, settings.TimeProvider, logger, settings.Extensions);
        var preparation = new SyncPreparation(handler, settings, logger, _hardStop.Token);
        _refusals = new Refusals(handler, logger);
        var notice = new SyncNotice(handler, settings.TimeProvider, logger, _hardStop.Token);
        _sync = new SyncLoop(client, _controls, _ledger, settings, preparation, trigger, notice, _refusals, _telemetry, logger, this);
        _decisions = new DecisionLoop(
            machine, _inputs, client, _controls, _sync, _refusals, new HandlerOverrides(handler).HandleEvent, _notifications, status,
            _telemetry,
            settings.TimeProvider, logger);
        _controls.Settled = _sync.Acknowledge;
        _controls.Came = _decisions.ControlsCame;
    }

    /// <summary>Runs until the token ends it; nothing on the network does.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // What runs for days is no part of the activity that started it.
        Activity.Current = null;
        _telemetry.Started();
        using var handlerStop = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _settings.TimeProvider);
        using var softStop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _client.Rotation.Changed += KeyAccepted;
        _trigger.Start(() => _sync.Trigger(SyncReason.Requested));
        Task notifying = Task.Run(() => _notifications.RunAsync(_hardStop.Token), CancellationToken.None);
        Task handling = Task.Run(() => _controls.RunAsync(handlerStop.Token), CancellationToken.None);
        Task syncing = _sync.RunAsync(softStop.Token);
        try
        {
            // None of the three ends by itself unless it fails, and then nothing more can be applied.
            Task deciding = _decisions.RunAsync(softStop.Token);
            await Task.WhenAny(deciding, handling, syncing, notifying, _refusals.Stopped).ConfigureAwait(false);
            if (_refusals.Stopped.IsCompleted)
            {
                _decisions.EndReason = $"the application stopped the downlink: {await _refusals.Stopped.ConfigureAwait(false)}";
            }

            await softStop.CancelAsync().ConfigureAwait(false);
            await deciding.ConfigureAwait(false);
        }
        finally
        {
            _hardStop.CancelAfter(_settings.ShutdownTimeout);

            // "A last one at shutdown, after the controls at hand: they have 4 of the 5 s."
            handlerStop.CancelAfter(_settings.ShutdownTimeout * 0.8);
            try
            {
                await EndAsync(syncing, handling, notifying, handlerStop.Token).ConfigureAwait(false);
            }
            finally
            {
                _client.Rotation.Changed -= KeyAccepted;
                _telemetry.Ended();
                await _hardStop.CancelAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Ends every wait for a next attempt, unless the server asked for it.</summary>
    public void RetryNow()
    {
        _inputs.Signal(new DownlinkInput(DownlinkInputKind.RetryNow));

        // What waits because its key was refused is tried again, as if that were accepted.
        _client.Rotation.Restored();
        _sync.Trigger(SyncReason.Requested);
    }

    public void Dispose()
    {
        _refusals.Dispose();
        _ledger.Dispose();
        _hardStop.Dispose();
    }

    void ISyncObserver.Synced(bool again, long begun)
    {
        _status.Synced();
        _decisions.Synced(again, begun);
    }

    void ISyncObserver.Gone(string reason, long begun) => _decisions.SyncRefused(reason, begun);

    void ISyncObserver.Waits(TimeSpan time) => _status.SyncsWait(time);

    /// <summary>Another key may be accepted than one that was refused: the loop looks, after whatever input comes next.</summary>
    private void KeyAccepted() => _inputs.Wake();

    /// <summary>The controls at hand, then the last sync, then what that has brought: all within the time to shut down.</summary>
    private async Task EndAsync(Task syncing, Task handling, Task notifying, CancellationToken handlerStop)
    {
        CancellationToken hardStop = _hardStop.Token;
        try
        {
            await syncing.ConfigureAwait(false);
            _controls.Stop();
            await Task.WhenAny(handling, _controls.DrainedAsync(handlerStop)).ConfigureAwait(false);
            if (!handling.IsFaulted)
            {
                await _sync.SyncAsync(SyncReason.Shutdown, hardStop).ConfigureAwait(false);
            }

            _controls.Complete();
            await handling.WaitAsync(hardStop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (handlerStop.IsCancellationRequested || hardStop.IsCancellationRequested)
        {
            DownlinkLog.ShutdownTimedOut(_logger);
        }
        finally
        {
            _controls.Complete();
            await handling.WaitAsync(hardStop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _notifications.Complete();
            await EndedAsync(notifying, hardStop).ConfigureAwait(false);
        }
    }

    /// <summary>Waits for the application's last call, as long as there is time.</summary>
    private static async Task EndedAsync(Task notifying, CancellationToken hardStop)
    {
        try
        {
            await notifying.WaitAsync(hardStop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (hardStop.IsCancellationRequested)
        {
            // The application goes on with a call that nobody waits for any more.
        }
    }
}
