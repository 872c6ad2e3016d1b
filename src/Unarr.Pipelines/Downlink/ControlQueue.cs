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

    public bool TryAdd(IReadOnlyList<ControlAction> controls, ControlSource source) => _commands.Writer.TryWrite(Queued(controls, source));

    public ValueTask AddAsync(IReadOnlyList<ControlAction> controls, ControlSource source, CancellationToken cancellationToken) =>
        _commands.Writer.WriteAsync(Queued(controls, source), cancellationToken);

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
        if (!ledger.IsDue(control))
        {
            telemetry.Deduplicated(source);
            return;
        }

        using Activity? activity = telemetry.BeginControl(control, source, command.Origin);
        long start = telemetry.Timestamp();
        Exception? failure = null;
        try
        {
            await handler.HandleControlAsync(control, source, cancellationToken).ConfigureAwait(false);
            ledger.Applied(control);
        }
        catch (Exception exception) when (!cancellationToken.Caused(exception))
        {
            failure = exception;
            DownlinkLog.ControlFailed(logger, control.Action, control.TaskId, control.Id ?? "none", exception);
            ledger.Failed(control, exception.Message);
        }

        telemetry.Applied(activity, source, start, failure);
    }

    /// <summary>Called where it came from: the activity there is the stream's or the sync's.</summary>
    private static QueuedCommand Queued(IReadOnlyList<ControlAction> controls, ControlSource source) =>
        new(controls, source, Activity.Current?.Context ?? default);

    private readonly record struct QueuedCommand(IReadOnlyList<ControlAction> Controls, ControlSource Source, ActivityContext Origin);
}
