using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Unarr.Pipelines.Protocol;

namespace Unarr.Pipelines.Downlink;

/// <summary>The controls on their way to the handler: bounded, one at a time, in order.</summary>
internal sealed class ControlQueue(IDownlinkHandler handler, ControlLedger ledger, DownlinkTelemetry telemetry, ILogger logger)
{
    /// <summary>How many commands (or syncs' controls) wait at most; when it is full the stream is not read.</summary>
    private const int MaxCommands = 8;

    private readonly Channel<QueuedCommand> _commands =
        Channel.CreateBounded<QueuedCommand>(new BoundedChannelOptions(MaxCommands) { SingleReader = true });

    // Of two deliveries of the same controls at once, by stream and by sync, one has them all: shared out, they would come out of order.
    private readonly Lock _adding = new();

    // The ids of the controls that wait or are being applied.
    private readonly ConcurrentDictionary<string, ControlSource> _underWay = new(StringComparer.Ordinal);

    /// <summary>Adds the controls that are neither under way nor settled; completed at once when there is room.</summary>
    public async ValueTask AddAsync(IReadOnlyList<ControlAction> controls, ControlSource source, CancellationToken cancellationToken)
    {
        List<ControlAction> due;
        ValueTask written;
        lock (_adding)
        {
            // "The control plane re-delivers a control in every sync until its id is listed": while one is slow, its repetitions take no room.
            due = [.. controls.Where(control => TryTake(control, source))];
            if (due.Count == 0)
            {
                return;
            }

            // Whoever waits for room has its place in the queue from here on.
            written = _commands.Writer.WriteAsync(Queued(due, source), cancellationToken);
        }

        try
        {
            await written.ConfigureAwait(false);
        }
        catch
        {
            due.ForEach(GiveBack);
            throw;
        }
    }

    /// <summary>No further control comes: what is at hand is applied, then <see cref="RunAsync"/> ends.</summary>
    public void Complete() => _commands.Writer.TryComplete();

    /// <summary>Applies controls until the queue is completed and empty, or the token ends it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach (QueuedCommand command in _commands.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (ControlAction control in command.Controls)
            {
                // The enumeration itself gives all that is at hand first.
                cancellationToken.ThrowIfCancellationRequested();
                await ApplyAsync(control, command, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task ApplyAsync(ControlAction control, QueuedCommand command, CancellationToken cancellationToken)
    {
        ControlSource source = command.Source;
        using Activity? activity = telemetry.BeginControl(control, source, command.Origin);
        long start = telemetry.Timestamp();
        Exception? failure = null;
        try
        {
            await handler.HandleControlAsync(control, source, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.Caused(exception))
        {
            failure = exception;
            DownlinkLog.ControlFailed(logger, control.Action, control.TaskId, control.Id ?? "none", exception);
        }

        if (failure is null)
        {
            ledger.Applied(control);
        }
        else
        {
            ledger.Failed(control, failure.Message);
        }

        // Behind the ledger's word: a delivery that comes in between finds it in one of the two.
        GiveBack(control);
        telemetry.Applied(activity, source, start, failure);
    }

    /// <summary>Takes a control on, unless it is under way or settled.</summary>
    private bool TryTake(ControlAction control, ControlSource source)
    {
        if (control.Id is not { } id)
        {
            return true;
        }

        if (_underWay.TryAdd(id, source))
        {
            if (ledger.IsDue(control))
            {
                return true;
            }

            GiveBack(control);
        }

        telemetry.Deduplicated(source);
        return false;
    }

    private void GiveBack(ControlAction control)
    {
        if (control.Id is { } id)
        {
            _underWay.TryRemove(id, out _);
        }
    }

    /// <summary>Called where it came from: the activity there is the stream's or the sync's.</summary>
    private static QueuedCommand Queued(IReadOnlyList<ControlAction> controls, ControlSource source) =>
        new(controls, source, Activity.Current?.Context ?? default);

    private readonly record struct QueuedCommand(IReadOnlyList<ControlAction> Controls, ControlSource Source, ActivityContext Origin);
}
