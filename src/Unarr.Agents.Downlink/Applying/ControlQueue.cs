using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Unarr.Agents.Downlink.Observing;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.Net;
using Unarr.Pipelines.Signals;

namespace Unarr.Agents.Downlink.Applying;

/// <summary>The controls on their way to the handler: bounded, one at a time, in the order in which the control plane has them.</summary>
/// <remarks>
/// Stream and sync both deliver runs of one order, each from what this agent had when it asked. So it is enough to take each id once and
/// each delivery in order: what one route has brought, the other one skips, and nothing overtakes.
/// </remarks>
internal sealed class ControlQueue
{
    /// <summary>How many controls wait at most; while they do the stream is not read.</summary>
    public const int MaxWaiting = 256;

    /// <summary>A sync hands out a control without an id once, so it is taken beyond <see cref="MaxWaiting"/>, up to this many.</summary>
    public const int MaxWaitingWithoutId = 4096;

    /// <summary>"A callback that fails is called again after 1 s and after 5 s."</summary>
    private static readonly TimeSpan[] RetryDelays = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5)];

    private readonly DownlinkHandler _handler;
    private readonly ControlLedger _ledger;
    private readonly DownlinkTelemetry _telemetry;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly bool _acknowledges;

    private readonly Lock _gate = new();
    private readonly ChangeSignal _changes = new();
    private readonly Queue<QueuedControl> _waiting = new();

    // The ids of the controls that wait or are at hand.
    private readonly HashSet<string> _underWay = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _stopping = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string _after;
    private bool _isAtHand;
    private bool _isCompleted;

    /// <param name="handler">The application.</param>
    /// <param name="ledger">Which ids are settled.</param>
    /// <param name="telemetry">Where it is measured.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="acknowledges">Whether ids are remembered and acknowledged; otherwise a control that has one is as one that has
    /// none.</param>
    public ControlQueue(
        DownlinkHandler handler, ControlLedger ledger, DownlinkTelemetry telemetry, TimeProvider time, ILogger logger,
        bool acknowledges = true)
    {
        _acknowledges = acknowledges;
        _handler = handler;
        _ledger = ledger;
        _telemetry = telemetry;
        _time = time;
        _logger = logger;
        _after = ledger.LastApplied;
    }

    /// <summary>Called when a control with an id is settled, with how long its acknowledgement may take.</summary>
    public Action<TimeSpan?> Settled { get; set; } = static _ => { };

    /// <summary>Called when a new control came, by any route, whether or not there was room for it.</summary>
    public Action Came { get; set; } = static () => { };

    /// <summary>"The last control it has taken in (applied, or waiting in its queue)"; empty when there is none, and
    /// <see langword="null"/> when it is not to be told.</summary>
    public string? After
    {
        get
        {
            lock (_gate)
            {
                return _acknowledges ? _after : null;
            }
        }
    }

    /// <summary>Adds a stream's controls; completed at once when there is room for all,
    /// otherwise when the last one has found its place.</summary>
    public ValueTask AddStreamedAsync(IReadOnlyList<Control> controls, TimeSpan? ackWithin, CancellationToken cancellationToken)
    {
        ActivityContext origin = Activity.Current?.Context ?? default;
        int taken = Take(controls, 0, new QueuedControl(null!, ControlRoute.Stream, origin, ackWithin));
        return taken == controls.Count ? ValueTask.CompletedTask : AddRestAsync();

        async ValueTask AddRestAsync()
        {
            while (taken < controls.Count)
            {
                Task changed = _changes.Next;
                int more = Take(controls, taken, new QueuedControl(null!, ControlRoute.Stream, origin, ackWithin));
                taken += more;
                if (more == 0)
                {
                    await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>"Of a sync's list the longest prefix that fits is taken": what has an id and does not fit is delivered again.</summary>
    public async ValueTask AddSyncedAsync(IReadOnlyList<Control> controls, CancellationToken cancellationToken)
    {
        ActivityContext origin = Activity.Current?.Context ?? default;
        int taken = 0;
        while (true)
        {
            Task changed = _changes.Next;
            taken += Take(controls, taken, new QueuedControl(null!, ControlRoute.Sync, origin, null));
            if (taken == controls.Count || IdOf(controls[taken]) is not null)
            {
                return;
            }

            // One without an id never comes again.
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Hands an event over in its turn, after the controls that came before it. At the downlink's end it is dropped.</summary>
    /// <returns>A task that ends when the handler is done with it.</returns>
    /// <exception cref="OperationCanceledException">The token ended the wait; a call that has begun goes on.</exception>
    public async Task HandOverAsync(QueuedEvent queued, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_stopping.Task.IsCompleted || _isCompleted)
            {
                queued.End();
                return;
            }

            _waiting.Enqueue(new QueuedControl(null!, ControlRoute.Stream, default, null) { Event = queued });
        }

        _changes.Raise();
        try
        {
            await queued.Ended.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (queued.TryTake())
            {
                queued.End();
            }
        }
    }

    /// <summary>Reports controls that could not be taken as failed; those beyond the bound of untold ids stay pending and come
    /// again.</summary>
    public void Reject(IReadOnlyList<FailedControl> rejected)
    {
        foreach (FailedControl control in _acknowledges ? rejected : [])
        {
            if (!_ledger.ListAgain(control.Id))
            {
                if (!HasRoomForAnId())
                {
                    return;
                }

                _ledger.Settle(control.Id, control.Error);
            }

            Settled(null);
        }
    }

    /// <summary>The control plane has taken a sync that listed these.</summary>
    public void Told(IReadOnlyList<string> listed)
    {
        if (listed.Count > 0)
        {
            _ledger.Told(listed);
            _changes.Raise();
        }
    }

    /// <summary>The downlink ends: no control with an id is taken any more, and no failed one is waited for.</summary>
    public void Stop() => _stopping.TrySetResult();

    /// <summary>Ends when no control waits or is at hand.</summary>
    public async Task DrainedAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed = _changes.Next;
            lock (_gate)
            {
                if (_waiting.Count == 0 && !_isAtHand)
                {
                    return;
                }
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>No further control comes: <see cref="RunAsync"/> applies those that wait and ends.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _isCompleted = true;
        }

        _changes.Raise();
    }

    /// <summary>Applies controls until the queue is completed and empty, or the token ends it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        bool goesOn = true;
        while (goesOn)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Task changed = _changes.Next;
            if (TryTakeUp(out QueuedControl control, out bool isOver))
            {
                goesOn = control.Event is { } queued ? await HandleAsync(queued, cancellationToken).ConfigureAwait(false)
                    : await ApplyAsync(control, cancellationToken).ConfigureAwait(false);
                PutDown(control.Control, forgetRest: !goesOn);
            }
            else if (isOver)
            {
                return;
            }
            else
            {
                await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<bool> HandleAsync(QueuedEvent queued, CancellationToken cancellationToken)
    {
        if (!queued.TryTake())
        {
            return true;
        }

        try
        {
            await _handler.HandleEventAsync(queued.Event, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.Caused(exception))
        {
            DownlinkLog.EventFailed(_logger, queued.Event.EventType, exception);
        }
        finally
        {
            queued.End();
        }

        return true;
    }

    /// <summary>Applies a control, tried again "before the next control is handed over".</summary>
    /// <returns><see langword="false"/> when it has failed and the downlink ends: it stays pending, and nothing may overtake it.</returns>
    private async Task<bool> ApplyAsync(QueuedControl queued, CancellationToken cancellationToken)
    {
        Control control = queued.Control;
        for (int attempt = 1; ; attempt++)
        {
            Exception? failure = await TryAsync(queued, attempt, cancellationToken).ConfigureAwait(false);
            if (failure is null || failure is ControlRejectedException || attempt > RetryDelays.Length)
            {
                if (IdOf(control) is { } id)
                {
                    // In the ledger before it leaves the queue: a delivery that comes in between finds it in one of the two.
                    _ledger.Settle(id, failure?.Message);
                    Settled(queued.AckWithin);
                }

                return true;
            }

            if (!await WaitAsync(RetryDelays[attempt - 1], cancellationToken).ConfigureAwait(false))
            {
                return IdOf(control) is null;
            }
        }
    }

    private async Task<Exception?> TryAsync(QueuedControl queued, int attempt, CancellationToken cancellationToken)
    {
        Control control = queued.Control;
        using Activity? activity = _telemetry.BeginControl(control, queued.Source, queued.Origin);
        long start = _telemetry.Timestamp();
        Exception? failure = null;
        try
        {
            var delivery = new ControlDelivery { Route = queued.Source, Attempt = attempt };
            await _handler.HandleControlAsync(control, delivery, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.Caused(exception))
        {
            failure = exception;
            DownlinkLog.ControlFailed(_logger, control.Action, control.TaskId, control.Id ?? "none", exception);
        }

        _telemetry.Applied(activity, queued.Source, start, failure);
        return failure;
    }

    /// <returns><see langword="false"/> when the downlink ends.</returns>
    private async Task<bool> WaitAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        using var over = new Deadline(delay, _time, cancellationToken);
        try
        {
            await _stopping.Task.WaitAsync(over.Token).ConfigureAwait(false);
            return false;
        }
        catch (OperationCanceledException) when (over.HasPassed)
        {
            return true;
        }
    }

    /// <summary>Takes the longest run of the controls, from <paramref name="start"/> on, that fits;
    /// what was taken before is passed over.</summary>
    /// <returns>How many were taken or passed over.</returns>
    private int Take(IReadOnlyList<Control> controls, int start, QueuedControl like)
    {
        int next = start;
        bool isNew = false;
        lock (_gate)
        {
            while (next < controls.Count && TryTake(controls[next], like, ref isNew))
            {
                next++;
            }
        }

        if (isNew || next < controls.Count)
        {
            Came();
        }

        if (isNew)
        {
            _changes.Raise();
        }

        return next - start;
    }

    private bool HasRoomForAnId()
    {
        lock (_gate)
        {
            return _ledger.Untold + _underWay.Count < ControlLedger.MaxUntold;
        }
    }

    private string? IdOf(Control control) => _acknowledges ? control.Id : null;

    private bool TryTake(Control control, QueuedControl like, ref bool isNew)
    {
        if (IdOf(control) is { } id)
        {
            if (_underWay.Contains(id) || _ledger.ListAgain(id))
            {
                _telemetry.Deduplicated(like.Source);
                return true;
            }

            // "With 4,096 untold it takes no control from any route until a sync has told them."
            if (_stopping.Task.IsCompleted || _waiting.Count >= MaxWaiting
                || _ledger.Untold + _underWay.Count >= ControlLedger.MaxUntold)
            {
                return false;
            }

            _underWay.Add(id);
            _after = id;
        }
        else if (_waiting.Count >= (like.Source == ControlRoute.Sync ? MaxWaitingWithoutId : MaxWaiting))
        {
            return false;
        }

        _waiting.Enqueue(like with { Control = control });
        isNew = true;
        return true;
    }

    private bool TryTakeUp(out QueuedControl control, out bool isOver)
    {
        lock (_gate)
        {
            isOver = _isCompleted;
            return _isAtHand = _waiting.TryDequeue(out control);
        }
    }

    private void PutDown(Control? control, bool forgetRest)
    {
        lock (_gate)
        {
            _isAtHand = false;
            if (control?.Id is { } id)
            {
                _underWay.Remove(id);
            }

            if (forgetRest)
            {
                _waiting.Clear();
            }
        }

        _changes.Raise();
    }
}
