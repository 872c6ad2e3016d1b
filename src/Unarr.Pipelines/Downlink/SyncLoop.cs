using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Unarr.Pipelines.Http;
using Unarr.Pipelines.Protocol;

namespace Unarr.Pipelines.Downlink;

/// <summary>Syncs at the start, at each interval and when triggered; triggers that come while one is pending are one.</summary>
internal sealed class SyncLoop(
    ControlPlaneClient client,
    ControlQueue controls,
    ControlLedger ledger,
    DownlinkOptions options,
    IDownlinkHandler handler,
    DownlinkTelemetry telemetry,
    ILogger logger,
    Action synced)
{
    private static readonly TimeSpan RefusedDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestRefusedDelay = TimeSpan.FromMinutes(15);

    // One pending sync: the first reason stays, later ones are dropped.
    private readonly Channel<SyncReason> _triggers =
        Channel.CreateBounded<SyncReason>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private long? _failed;
    private int _failures;
    private bool _watching;
    private int _refusals;

    public void Trigger(SyncReason reason)
    {
        if (reason == SyncReason.Reconnect && IsOutageRecent)
        {
            // All agents of a server that is back come by their routes again: the next interval's sync, which is near, is the one.
            return;
        }

        _triggers.Writer.TryWrite(reason);
    }

    private bool IsOutageRecent => options.Hedging && _failed is { } failed && options.TimeProvider.GetElapsedTime(failed) < SyncPace.Recovery;

    /// <summary>Syncs until the token ends it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using ITimer interval = options.TimeProvider.CreateTimer(
            _ => Trigger(_watching ? SyncReason.Watching : SyncReason.Interval), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Trigger(SyncReason.Start);
        try
        {
            await foreach (SyncReason reason in _triggers.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                interval.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                TimeSpan wait = await SyncAsync(reason, cancellationToken).ConfigureAwait(false);
                if (wait > TimeSpan.Zero)
                {
                    // Outranks every interval and trigger; triggers of the meantime are one afterwards.
                    await Task.Delay(wait, options.TimeProvider, cancellationToken).ConfigureAwait(false);
                }

                TimeSpan next = _watching ? options.SyncIntervalWatching : options.SyncInterval;
                interval.Change(options.Hedging ? SyncPace.Next(next, _failures, options.Random()) : next, Timeout.InfiniteTimeSpan);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The downlink ends; the last sync is the caller's to make.
        }
    }

    /// <summary>Makes one sync. A failed one is reported and logged; the next is due as usual.</summary>
    /// <returns>How long the control plane is to be left alone before; zero as a rule.</returns>
    /// <exception cref="OperationCanceledException">The token ended it.</exception>
    public async Task<TimeSpan> SyncAsync(SyncReason reason, CancellationToken cancellationToken)
    {
        using Activity? activity = telemetry.BeginSync(reason);
        long start = telemetry.Timestamp();
        SyncReport report;
        TimeSpan wait = TimeSpan.Zero;
        try
        {
            SyncRequest request = Prepare();
            IReadOnlyList<string> listed = ledger.List(request);
            SyncResponse response = await client.SyncAsync(request, cancellationToken).ConfigureAwait(false);
            ledger.Told(listed);
            synced();
            _refusals = 0;
            _failures = 0;
            if (response.Controls.Count > 0)
            {
                await controls.AddAsync(response.Controls, ControlSource.Sync, cancellationToken).ConfigureAwait(false);
            }

            if (response.Watching && !_watching)
            {
                Trigger(SyncReason.Watching);
            }

            _watching = response.Watching;
            report = new SyncReport(reason, response.Controls.Count, null);
        }
        catch (Exception exception) when (!cancellationToken.Caused(exception))
        {
            DownlinkLog.SyncFailed(logger, reason, exception.Message);
            wait = LeaveAlone(exception as ControlPlaneException);
            _failed = options.TimeProvider.GetTimestamp();
            _failures++;
            report = new SyncReport(reason, 0, exception);
        }

        telemetry.Synced(activity, start, report);
        handler.OnSynced(report);
        return wait;
    }

    /// <summary>"Retry-After is waited for on all three endpoints"; a refused key is tried again after 30 s, doubling to 15 minutes.</summary>
    private TimeSpan LeaveAlone(ControlPlaneException? failure) => failure switch
    {
        { RetryAfter: { } asked } => asked * (1 + (0.1 * options.Random())),
        { StatusCode: HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden } =>
            Backoff.Jittered(Backoff.Doubled(RefusedDelay, LongestRefusedDelay, _refusals++), options.Random()),
        _ => TimeSpan.Zero,
    };

    private SyncRequest Prepare()
    {
        var request = new SyncRequest
        {
            AgentId = options.AgentId,
            Name = options.Name,
            Version = options.Version,
            Os = OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : OperatingSystem.IsLinux() ? "linux" : "other",
            Arch = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(),
        };
        handler.PrepareSync(request);
        return request;
    }
}
