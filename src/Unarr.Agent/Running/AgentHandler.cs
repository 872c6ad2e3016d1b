using Unarr.Pipelines.Downlink;
using Unarr.Pipelines.Protocol;

namespace Unarr.Agent.Running;

/// <summary>Writes down what happens, and hands the controls to the program that applies them.</summary>
internal sealed class AgentHandler(IAgentOutput output, ControlProgram? program, TimeProvider timeProvider) : IDownlinkHandler
{
    private readonly long _start = timeProvider.GetTimestamp();

    private TimeSpan At => timeProvider.GetElapsedTime(_start);

    public async ValueTask HandleControlAsync(ControlAction control, ControlSource source, CancellationToken cancellationToken)
    {
        await output.ControlAsync(control, source, At, cancellationToken).ConfigureAwait(false);
        if (program is not null)
        {
            await program.RunAsync(control, cancellationToken).ConfigureAwait(false);
        }
    }

    public void OnSynced(SyncReport report) => output.Synced(report, At);

    public void OnStatusChanged(DownlinkStatus status) => output.RouteChanged(status, At);
}
