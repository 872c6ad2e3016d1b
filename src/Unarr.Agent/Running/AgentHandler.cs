using Unarr.Agent.Output;
using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;

namespace Unarr.Agent.Running;

/// <summary>Writes down what happens, and hands the controls to the program that applies them.</summary>
internal sealed class AgentHandler(IAgentOutput output, ControlProgram? program, AgentClock clock) : IDownlinkHandler
{
    // "A callback that fails is called again … ; after the third failure the control is listed in failedControls."
    private const int MaxTries = 3;

    // A control that failed comes again before the next one: one is remembered.
    private ControlAction? _atHand;
    private int _tries;

    public async ValueTask HandleControlAsync(ControlAction control, ControlSource source, CancellationToken cancellationToken)
    {
        if (!ReferenceEquals(control, _atHand))
        {
            (_atHand, _tries) = (control, 0);
            output.Control(control, source, clock.Now);
        }

        _tries++;
        try
        {
            if (program is not null)
            {
                await program.RunAsync(control, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            string reason = exception is ControlProgramException failure ? failure.Reason : exception.Message;
            output.Result(new ControlResult(control, reason, _tries, WillRetry: _tries < MaxTries), clock.Now);
            throw;
        }

        _atHand = null;
        if (control.Id is not null)
        {
            output.Result(new ControlResult(control, null, _tries, WillRetry: false), clock.Now);
        }
    }

    public void OnSynced(SyncReport report) => output.Synced(report, clock.Now);

    public void OnStatusChanged(DownlinkStatus status) => output.RouteChanged(status, clock.Now);
}
