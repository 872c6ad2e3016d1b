using Microsoft.Extensions.Logging;
using Unarr.Agents.Downlink.Applying;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Agents.Downlink.Deciding;
using Unarr.Agents.Downlink.Observing;
using Unarr.Agents.Downlink.Syncing;

namespace Unarr.Agents.Downlink.Exchanging;

/// <summary>The loop around the machine, and the only place where it is called: takes inputs one at a time and carries out its effects
/// in order.</summary>
internal sealed class DecisionLoop(
    DownlinkMachine machine,
    DownlinkInputs inputs,
    ControlPlaneClient client,
    ControlQueue controls,
    SyncLoop sync,
    Refusals refusals,
    bool takesEvents,
    Notifications notifications,
    StatusRecord status,
    DownlinkTelemetry telemetry,
    TimeProvider timeProvider,
    ILogger logger)
{
    private readonly Dictionary<int, Exchange> _exchanges = [];
    private readonly FaultLog _faults = new(logger);
    private readonly RefusedKeys _refusedKeys = new();
    private readonly long _start = timeProvider.GetTimestamp();
    private long _controlsCame = long.MinValue;
    private MachineStatus? _logged;

    private TimeSpan Now => timeProvider.GetElapsedTime(_start);

    /// <summary>A new control came, by whichever route. Any thread may say so.</summary>
    public void ControlsCame() => Interlocked.Exchange(ref _controlsCame, Now.Ticks);

    /// <summary>A sync succeeded that began at a timestamp.</summary>
    public void Synced(bool again, long begun) => inputs.Signal(new DownlinkInput(DownlinkInputKind.Synced)
    {
        Again = again,
        Begun = timeProvider.GetElapsedTime(_start, begun),
    });

    /// <summary>A sync that began at a timestamp was answered that the agent is gone.</summary>
    public void SyncRefused(string reason, long begun) => inputs.Signal(new DownlinkInput(DownlinkInputKind.SyncRefused)
    {
        Detail = reason,
        Begun = timeProvider.GetElapsedTime(_start, begun),
    });

    /// <summary>Why the downlink ends; "shut down" as a rule.</summary>
    public string EndReason { get; set; } = "shut down";

    /// <summary>Runs until the token ends it; then, and where it fails, no exchange and no timer is left.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await DecideAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Apply(new DownlinkInput(DownlinkInputKind.Shutdown) { Detail = EndReason });
        }
        catch (Exception exception)
        {
            string reason = $"the downlink failed ({exception.GetType().Name})";
            Report(new MachineStatus(DownlinkRoutes.None, DownlinkState.Stopped, null, reason));
            throw;
        }
        finally
        {
            await EndExchangesAsync().ConfigureAwait(false);
        }
    }

    private async Task DecideAsync(CancellationToken cancellationToken)
    {
        using ITimer timer = timeProvider.CreateTimer(_ => inputs.Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        TimeSpan armed = DownlinkMachine.Never;
        Apply(new DownlinkInput(DownlinkInputKind.Start));
        while (true)
        {
            TimeSpan due = machine.Due;
            TimeSpan now = Now;
            if (due != armed || due <= now)
            {
                armed = due;
                TimeSpan wait = due == DownlinkMachine.Never ? Timeout.InfiniteTimeSpan : due > now ? due - now : TimeSpan.Zero;
                timer.Change(wait, Timeout.InfiniteTimeSpan);
            }

            DownlinkInput input = await inputs.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (input.Kind == DownlinkInputKind.Due)
            {
                // A timer may be a little early: it is armed again for the rest.
                armed = DownlinkMachine.Never;
            }
            else if (input.Kind == DownlinkInputKind.StreamEnded)
            {
                telemetry.StreamEnded(input.Generation, input.End);
            }

            Apply(input);
            if (_refusedKeys.AreReplaced(input, client.Rotation))
            {
                Apply(new DownlinkInput(DownlinkInputKind.KeyAccepted));
            }
        }
    }

    private void Apply(in DownlinkInput input)
    {
        bool isNews = status.Took(input);
        long came = Interlocked.Read(ref _controlsCame);
        TimeSpan? controlsCame = came == long.MinValue ? null : TimeSpan.FromTicks(came);
        foreach (DownlinkEffect effect in machine.Apply(input with { At = Now, ControlsCame = controlsCame }))
        {
            CarryOut(effect);
            isNews &= effect.Kind != DownlinkEffectKind.Report;
        }

        if (isNews)
        {
            // The first answer to a poll makes it cover; the machine has nothing to report of that.
            notifications.StatusChanged(status.Current);
        }
    }

    private void CarryOut(in DownlinkEffect effect)
    {
        switch (effect.Kind)
        {
            case DownlinkEffectKind.OpenStream:
                telemetry.StreamOpening(effect.Generation);
                var stream = new StreamExchange(
                    effect.Generation, client, controls, sync, refusals, takesEvents, inputs.Writer, telemetry, logger);
                Begin(effect.Generation, stream.RunAsync, stream.Faulted, "stream");
                break;
            case DownlinkEffectKind.StartPoll:
                var poll = new PollExchange(effect.Generation, client, refusals, telemetry);
                Begin(effect.Generation, poll.RunAsync, poll.Faulted, "long-poll");
                break;
            case DownlinkEffectKind.CloseStream or DownlinkEffectKind.StopPoll:
                telemetry.StreamGivenUp(effect.Generation, machine.Status.State);
                if (effect.Kind == DownlinkEffectKind.CloseStream)
                {
                    status.GaveUp(machine.Status);
                }

                if (_exchanges.TryGetValue(effect.Generation, out Exchange? exchange))
                {
                    exchange.Cancel();
                }

                break;
            case DownlinkEffectKind.MoveStream:
                client.MoveStream(effect.Mirror!);
                break;
            case DownlinkEffectKind.Sync:
                sync.Trigger(effect.Reason);
                break;
            case DownlinkEffectKind.KeyAccepted:
                client.Rotation.Restored();
                break;
            case DownlinkEffectKind.ParkSyncs:
                sync.Park();
                break;
            case DownlinkEffectKind.ResumeSyncs:
                sync.Resume();
                break;
            case DownlinkEffectKind.Report:
                Report(effect.Status!);
                break;
        }
    }

    private void Report(MachineStatus changed)
    {
        DownlinkStatus complete = status.Changed(changed, machine.Failures);
        if (_logged is not { } logged || (logged.Route, logged.State, logged.Reason) != (changed.Route, changed.State, changed.Reason))
        {
            // That a mirror was found is no news for people: the next line names it.
            DownlinkLog.StatusChanged(logger, complete);
            _logged = changed;
        }

        notifications.StatusChanged(complete);
    }

    private void Begin(
        int generation, Func<CancellationToken, Task<DownlinkInput>> run, Func<Exception, DownlinkInput> faulted, string name)
    {
        foreach ((int ended, Exchange exchange) in _exchanges)
        {
            if (exchange.Ended.IsCompleted)
            {
                exchange.Dispose();
                _exchanges.Remove(ended);
            }
        }

        _exchanges[generation] = new Exchange(run, inputs.Writer, faulted, exception => _faults.Note(name, exception));
    }

    private async Task EndExchangesAsync()
    {
        foreach (Exchange exchange in _exchanges.Values)
        {
            exchange.Cancel();
        }

        foreach (Exchange exchange in _exchanges.Values)
        {
            // What it threw was posted and logged.
            await exchange.Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            exchange.Dispose();
        }
    }
}
