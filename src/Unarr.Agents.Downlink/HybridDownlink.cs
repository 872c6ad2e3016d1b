using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Unarr.Agents.Downlink.Applying;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Agents.Downlink.Deciding;
using Unarr.Agents.Downlink.Exchanging;
using Unarr.Agents.Downlink.Observing;
using Unarr.Agents.Downlink.Syncing;

namespace Unarr.Agents.Downlink;

/// <summary>Keeps a control plane's pushes reaching this agent: a stream where it gets through, else a long-poll, and a sync loop beside it.</summary>
/// <remarks>
/// The decisions are a pure machine's; this is the loop around it. What happens becomes its inputs, one at a time, and its effects are
/// carried out in order.
/// <example>
/// <code>
/// var mirrors = new MirrorPool(["https://control.example.com"]);
/// using var http = new HttpClient(ControlPlaneClient.CreateHandler()) { Timeout = Timeout.InfiniteTimeSpan };
/// var client = new ControlPlaneClient(http, mirrors, new ControlPlaneClientOptions { ApiKey = _ => ValueTask.FromResult(key) });
/// var downlink = new HybridDownlink(client, new DownlinkOptions { AgentId = "agent-1" }, handler);
/// await downlink.RunAsync(stoppingToken);
/// </code>
/// </example>
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "RunAsync ends what the constructor has opened.")]
public sealed class HybridDownlink
{
    private readonly ControlPlaneClient _client;
    private readonly DownlinkOptions _options;
    private readonly Notifications _notifications;
    private readonly ILogger _logger;
    private readonly DownlinkInputs _inputs = new();
    private readonly DecisionLoop _decisions;
    private readonly DownlinkTelemetry _telemetry;
    private readonly StatusRecord _status;
    private readonly ControlLedger _ledger;
    private readonly ControlQueue _controls;
    private readonly SyncLoop _sync;
    private int _started;

    /// <summary>Makes a downlink; <see cref="RunAsync"/> runs it.</summary>
    /// <param name="client">Makes the exchanges with the control plane.</param>
    /// <param name="options">How the downlink behaves.</param>
    /// <param name="handler">Applies the controls.</param>
    /// <param name="logger">Where to log. Default: nowhere.</param>
    /// <exception cref="IOException">The state file cannot be read or written.</exception>
    /// <exception cref="UnauthorizedAccessException">The state file may not be read or written.</exception>
    public HybridDownlink(ControlPlaneClient client, DownlinkOptions options, IDownlinkHandler handler, ILogger<HybridDownlink>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(handler);
        _client = client;
        _options = options;
        _logger = logger ?? NullLogger<HybridDownlink>.Instance;
        _notifications = new Notifications(handler, _logger);
        DownlinkMachine machine = options.Hedging
            ? new HedgingMachine(options, options.Random)
            : new SequentialMachine(options, options.Random);
        _telemetry = new DownlinkTelemetry(options.Metrics, options.TimeProvider);
        _status = new StatusRecord(options.TimeProvider, machine.Status with { Since = options.TimeProvider.GetUtcNow() });
        _ledger = new ControlLedger(options.StateFile, _logger);
        _controls = new ControlQueue(handler, _ledger, _telemetry, options.TimeProvider, _logger);
        var preparation = new SyncPreparation(handler, options, _logger);
        _sync = new SyncLoop(
            client, _controls, _ledger, options, preparation, _notifications, _telemetry, _logger, new SyncObserver(this));
        _decisions = new DecisionLoop(
            machine, _inputs, client, _controls, _sync, _notifications, _status, _telemetry, options.TimeProvider, _logger);
        _controls.Settled = _sync.Acknowledge;
        _controls.Came = _decisions.ControlsCame;
    }

    /// <summary>How the downlink stands.</summary>
    public DownlinkStatus Status => _status.Current;

    /// <summary>Asks for a sync now; those asked for while one is pending are one.</summary>
    public void RequestSync() => _sync.Trigger(SyncReason.Wake);

    /// <summary>Runs until the token ends it; nothing on the network does.</summary>
    /// <param name="cancellationToken">Ends the downlink: stream and poll are closed, a last sync is made and the controls at hand are
    /// applied, all within <see cref="DownlinkOptions.ShutdownTimeout"/>. No task, socket or timer is left behind.</param>
    /// <returns>A task that ends when everything has. It does not fault by cancelling.</returns>
    /// <exception cref="InvalidOperationException">The downlink was run before.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
        {
            throw new InvalidOperationException("A downlink can be run once.");
        }

        // What runs for days is no part of the activity that started it.
        Activity.Current = null;
        _telemetry.Started();
        using var hardStop = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _options.TimeProvider);
        using var handlerStop = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _options.TimeProvider);
        using var softStop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _client.Rotation.Changed += KeyAccepted;
        Task telling = Task.Run(_notifications.RunAsync, CancellationToken.None);
        Task handling = Task.Run(() => _controls.RunAsync(handlerStop.Token), CancellationToken.None);
        Task syncing = _sync.RunAsync(softStop.Token);
        try
        {
            // None of the three ends by itself unless it fails, and then nothing more can be applied.
            Task deciding = _decisions.RunAsync(softStop.Token);
            await Task.WhenAny(deciding, handling, syncing, telling).ConfigureAwait(false);
            await softStop.CancelAsync().ConfigureAwait(false);
            await deciding.ConfigureAwait(false);
        }
        finally
        {
            hardStop.CancelAfter(_options.ShutdownTimeout);

            // "A last one at shutdown, after the controls at hand: they have 4 of the 5 s."
            handlerStop.CancelAfter(_options.ShutdownTimeout * 0.8);
            try
            {
                await EndAsync(syncing, handling, telling, handlerStop.Token, hardStop.Token).ConfigureAwait(false);
            }
            finally
            {
                _client.Rotation.Changed -= KeyAccepted;
                _telemetry.Ended();
                _ledger.Dispose();
            }
        }
    }

    /// <summary>Another key may be accepted than one that was refused: the loop looks, after whatever input comes next.</summary>
    private void KeyAccepted() => _inputs.Wake();

    /// <summary>The controls at hand, then the last sync, then what that has brought: all within the time to shut down.</summary>
    private async Task EndAsync(Task syncing, Task handling, Task telling, CancellationToken handlerStop, CancellationToken hardStop)
    {
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
            await EndedAsync(telling, hardStop).ConfigureAwait(false);
        }
    }

    /// <summary>Waits for the application's last call, as long as there is time.</summary>
    private static async Task EndedAsync(Task telling, CancellationToken hardStop)
    {
        try
        {
            await telling.WaitAsync(hardStop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (hardStop.IsCancellationRequested)
        {
            // The application goes on with a call that nobody waits for any more.
        }
    }

    private sealed class SyncObserver(HybridDownlink downlink) : ISyncObserver
    {
        public void Synced(bool again, long begun) => downlink._decisions.Synced(again, begun);

        public void Gone(string reason) => downlink._inputs.Signal(new DownlinkInput(DownlinkInputKind.SyncRefused) { Detail = reason });

        public void Waits(TimeSpan time) => downlink._status.SyncsWait(time);
    }
}
