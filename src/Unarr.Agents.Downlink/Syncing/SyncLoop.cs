using System.Diagnostics;
using System.Net;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Unarr.Agents.Downlink.Applying;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Agents.Downlink.Deciding;
using Unarr.Agents.Downlink.Observing;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.Net;
using Unarr.Pipelines.Pacing;

namespace Unarr.Agents.Downlink.Syncing;

/// <summary>Syncs at the start, at each interval and when triggered; triggers that come while one is pending are one.</summary>
internal sealed class SyncLoop(
    ControlPlaneClient client,
    ControlQueue controls,
    ControlLedger ledger,
    DownlinkSettings options,
    SyncPreparation preparation,
    SyncTrigger requested,
    SyncNotice notice,
    Refusals refusals,
    DownlinkTelemetry telemetry,
    ILogger logger,
    ISyncObserver observer)
{
    // One pending sync: the first reason stays, later ones are dropped.
    private readonly Channel<SyncReason> _triggers =
        Channel.CreateBounded<SyncReason>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly RateBound _events = SyncPace.Events();
    private readonly Lock _ackGate = new();
    private readonly AckPace _acks = new();
    private readonly FaultLog _faults = new(logger);
    private readonly RefusalSchedule _refusals = new(options.Random);
    private readonly long _start = options.TimeProvider.GetTimestamp();

    private SyncClock? _clock;
    private int _failures;
    private bool _watching;
    private bool _withoutMembers;
    private long _recovered;
    private KeyStamp? _refusedKey;
    private TaskCompletionSource? _parked;

    /// <summary>Syncs fail, or have just succeeded again: all agents of a server that is back come by their routes.</summary>
    private bool IsRecovering => Volatile.Read(ref _failures) > 0
        || (Volatile.Read(ref _recovered) is > 0 and long recovered && options.TimeProvider.GetElapsedTime(recovered) < SyncPace.Recovery);

    private TimeSpan Now => options.TimeProvider.GetElapsedTime(_start);

    private TimeSpan Interval => _watching ? options.SyncIntervalWatching : options.SyncInterval;

    public void Trigger(SyncReason reason)
    {
        if (reason == SyncReason.Reconnect && options.Hedging && IsRecovering)
        {
            // "The next sync is brought forward to a random moment": each agent has one of its own.
            _clock?.BringForward(SyncPace.BroughtForward(Interval, options.Random()), reason);
            return;
        }

        _triggers.Writer.TryWrite(reason);
    }

    /// <summary>A control is settled: the sync that tells it is due soon, unless syncs fail: then the next one tells it.</summary>
    public void Acknowledge(TimeSpan? within)
    {
        if (Volatile.Read(ref _failures) == 0)
        {
            lock (_ackGate)
            {
                _clock?.BringForward(_acks.Due(Now, within, options.Random()), SyncReason.Acknowledge);
            }
        }
    }

    /// <summary>The agent is parked: no sync until <see cref="Resume"/>, whatever triggers one.</summary>
    public void Park()
    {
        var parked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.CompareExchange(ref _parked, parked, null);
    }

    /// <summary>One sync now, and then as usual.</summary>
    public void Resume()
    {
        _triggers.Writer.TryWrite(SyncReason.Reconnect);
        Interlocked.Exchange(ref _parked, null)?.TrySetResult();
    }

    /// <summary>Syncs until the token ends it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var clock = new SyncClock(
            options.TimeProvider,
            broughtForwardBy => _triggers.Writer.TryWrite(broughtForwardBy ?? (_watching ? SyncReason.Watching : SyncReason.Interval)));
        _clock = clock;
        Trigger(SyncReason.Start);
        try
        {
            await foreach (SyncReason reason in _triggers.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                clock.Stop();
                await UntilResumedAsync(cancellationToken).ConfigureAwait(false);
                await PaceAsync(reason, cancellationToken).ConfigureAwait(false);
                TimeSpan wait = await SyncAsync(reason, cancellationToken).ConfigureAwait(false);
                if (wait > TimeSpan.Zero)
                {
                    // Outranks every interval and trigger; triggers of the meantime are one afterwards.
                    await LeaveAloneAsync(wait, cancellationToken).ConfigureAwait(false);
                }

                clock.Start(options.Hedging ? SyncPace.Next(Interval, _failures, options.Random()) : Interval);
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
        IReadOnlyList<TaskCompletionSource> askers = requested.Begin();
        long start = telemetry.Timestamp();
        SyncReport report;
        TimeSpan wait = TimeSpan.Zero;
        try
        {
            SyncRequest request = _withoutMembers ? preparation.Bare()
                : await preparation.MakeAsync(cancellationToken).ConfigureAwait(false);
            bool isCut = false;
            IReadOnlyList<string> listed = options.Extensions ? ledger.List(request, out isCut) : [];
            if (listed.Count > 0)
            {
                NoteAcknowledging();
            }

            start = telemetry.Timestamp();
            JsonAnswer<SyncResponse> answer = await client.SyncAsync(request, controls.After, cancellationToken).ConfigureAwait(false);
            SyncResponse response = answer.Value;
            report = new SyncReport
            {
                Reason = reason,
                ControlCount = response.Controls.Count,
                Watching = response.Watching,
                Received = answer.Body,
            };
            telemetry.Synced(activity, start, report);
            _withoutMembers = false;
            bool again = Succeeded();
            TakeAcknowledgement(listed, isCut, again, response.Acknowledged);

            // The tasks that an answer brings come before the controls on them.
            Exception? refusal = await notice.GiveAsync(report).ConfigureAwait(false);
            ValueTask taking = refusal is null ? TakeControlsAsync(response, reason, cancellationToken) : ValueTask.CompletedTask;
            observer.Synced(again, start);

            // Not after what it brought has found its place: a handler may wait for the sync.
            Answer(askers, refusal);
            await taking.ConfigureAwait(false);
            if (response.Watching && !_watching)
            {
                Trigger(SyncReason.Watching);
            }

            _watching = response.Watching;
            return TimeSpan.Zero;
        }
        catch (Exception exception) when (!cancellationToken.Caused(exception))
        {
            DownlinkLog.SyncFailed(logger, reason, exception.Message);
            var failure = exception as ControlPlaneException;
            if (failure is null)
            {
                _faults.Note("sync", exception);
            }

            // "After a 413 the next sync goes without the application's members."
            _withoutMembers = failure?.StatusCode == HttpStatusCode.RequestEntityTooLarge;
            RefusalAction action = failure is null ? RefusalAction.Default
                : await refusals.DecideAsync(failure, cancellationToken).ConfigureAwait(false);
            wait = Wait(failure, action, start);
            if (wait > TimeSpan.Zero)
            {
                // Told at once, not when the wait is over.
                DownlinkLog.SyncsWait(logger, wait.TotalSeconds);
                observer.Waits(wait);
            }

            Volatile.Write(ref _failures, _failures + 1);
            report = new SyncReport { Reason = reason, Error = DownlinkException.Of(exception), Wait = wait };
            telemetry.Synced(activity, start, report);
            SyncTrigger.Fail(askers, report.Error);
        }

        catch (Exception)
        {
            // It was given up, not failed: the next one, or the downlink's end, is the answer to those who asked.
            requested.Restore(askers);
            throw;
        }

        await notice.GiveAsync(report).ConfigureAwait(false);
        return wait;
    }

    /// <summary>A sync that the application refused has brought nothing to those who asked for it.</summary>
    private static void Answer(IReadOnlyList<TaskCompletionSource> askers, Exception? refusal)
    {
        if (refusal is null)
        {
            SyncTrigger.Succeed(askers);
        }
        else
        {
            SyncTrigger.Fail(askers, new DownlinkException(
                DownlinkError.Unknown, $"The application refused the sync's answer: {refusal.Message}", refusal));
        }
    }

    private void NoteAcknowledging()
    {
        lock (_ackGate)
        {
            _acks.Begun(Now);
        }
    }

    private void TakeAcknowledgement(IReadOnlyList<string> listed, bool isCut, bool again, bool? isStored)
    {
        if (isStored == false)
        {
            // "An answer with "acknowledged":false did not store them: they are listed again."
            DownlinkLog.NotAcknowledged(logger);
            _clock?.BringForward(SyncPace.NotStored(options.Random()), SyncReason.Acknowledge);
            return;
        }

        controls.Told(listed);
        if (isCut)
        {
            // "The rest follows at once in the next."
            _clock?.BringForward(TimeSpan.Zero, SyncReason.Acknowledge);
        }
        else if (again && ledger.Untold > 0)
        {
            // What was settled while syncs failed has brought none forward.
            Acknowledge(null);
        }
    }

    /// <summary>What the last sync brings with an id stays pending: no sync would tell that it was applied.</summary>
    private async ValueTask TakeControlsAsync(SyncResponse response, SyncReason reason, CancellationToken cancellationToken)
    {
        if (reason != SyncReason.Shutdown)
        {
            controls.Reject(response.Rejected);
        }

        if (response.Controls.Count > 0)
        {
            await controls.AddSyncedAsync(response.Controls, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A flood of events makes no flood of syncs; what they ask for in the meantime is one.</summary>
    private async ValueTask PaceAsync(SyncReason reason, CancellationToken cancellationToken)
    {
        if (reason == SyncReason.Event)
        {
            TimeSpan wait = _events.Wait(Now);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, options.TimeProvider, cancellationToken).ConfigureAwait(false);
            }

            _events.Take(Now);
        }
    }

    /// <returns>Whether the sync before had failed.</returns>
    private bool Succeeded()
    {
        bool again = _failures > 0;
        if (again)
        {
            Volatile.Write(ref _recovered, options.TimeProvider.GetTimestamp());
        }

        _refusals.Forgive();
        Volatile.Write(ref _failures, 0);
        return again;
    }

    /// <summary>"Retry-After is waited for on all three endpoints"; a refused key is tried again after 30 s,
    /// doubling to 15 minutes.</summary>
    private TimeSpan Wait(ControlPlaneException? failure, RefusalAction action, long begun)
    {
        bool isDefault = action == RefusalAction.Default;
        bool isRefused = isDefault && failure?.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;
        _refusedKey = isRefused ? failure?.RefusedKey : null;
        if (failure is not null && (action is RefusalAction.Park or RefusalAction.Stop || (isDefault && failure.IsGone)))
        {
            // "The agent parks": at once, whatever else asks for a sync before it is said.
            Park();
            observer.Gone(failure.Message, begun);
            return TimeSpan.Zero;
        }

        return failure?.RetryAfter is { } asked ? Backoff.Asked(asked, options.Random()) : isRefused ? _refusals.Next() : TimeSpan.Zero;
    }

    private async ValueTask UntilResumedAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _parked) is { } parked)
        {
            await parked.Task.WaitAsync(cancellationToken).ConfigureAwait(false);

            // What else has asked for a sync meanwhile is this one.
            _triggers.Reader.TryRead(out _);
        }
    }

    /// <summary>Waits; a key that is accepted elsewhere ends the wait of one that was refused, and is a reason to sync.</summary>
    private async Task LeaveAloneAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        try
        {
            if (_refusedKey is not { } refused)
            {
                await Task.Delay(wait, options.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
            else if (await client.Rotation.ReplacedAsync(refused, wait, options.TimeProvider, cancellationToken).ConfigureAwait(false))
            {
                _triggers.Writer.TryWrite(SyncReason.Reconnect);
            }
        }
        finally
        {
            observer.Waits(TimeSpan.Zero);
        }
    }
}
