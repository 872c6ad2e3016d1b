using Unarr.Agent.Output;
using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;

namespace Unarr.Agent.Running;

/// <summary>Writes down what happens, and hands the controls to the program that applies them.</summary>
internal sealed class AgentHandler(IAgentOutput output, ControlProgram? program, AgentClock clock) : DownlinkHandler
{
    // "A callback that fails is called again … ; after the third failure the control is listed in failedControls."
    private const int MaxAttempts = 3;

    private DownlinkStatus? _written;

    /// <summary>Is told what happens, where there is such a file.</summary>
    public HealthFile? Health { get; set; }

    public override async ValueTask HandleControlAsync(Control control, ControlDelivery delivery, CancellationToken cancellationToken)
    {
        int attempt = delivery.Attempt;
        if (attempt == 1)
        {
            Health?.Began();
            output.Control(control, delivery.Route, clock.Now);
        }

        try
        {
            if (program is not null)
            {
                await program.RunAsync(control, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            if (attempt >= MaxAttempts)
            {
                Health?.Done();
            }

            string reason = exception is ControlProgramException failure ? failure.Reason : exception.Message;
            output.Result(new ControlResult(control, reason, attempt, WillRetry: attempt < MaxAttempts), clock.Now);
            throw;
        }

        Health?.Done();
        if (control.Id is not null)
        {
            output.Result(new ControlResult(control, null, attempt, WillRetry: false), clock.Now);
        }
    }

    public override ValueTask OnSyncedAsync(SyncReport report, CancellationToken cancellationToken)
    {
        output.Synced(report, clock.Now);
        Health?.Change();
        return ValueTask.CompletedTask;
    }

    public override ValueTask OnStatusChangedAsync(DownlinkStatus status, CancellationToken cancellationToken)
    {
        // A change of the cover alone is none of the route.
        if (_written is not { } written || (written.Routes, written.State, written.Server) != (status.Routes, status.State, status.Server))
        {
            _written = status;
            output.RouteChanged(status, clock.Now);
            Health?.Change();
        }

        return ValueTask.CompletedTask;
    }
}
