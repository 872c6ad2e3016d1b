using Microsoft.Extensions.Hosting;

namespace Unarr.Agents.Downlink.Hosting;

/// <summary>Runs the downlink from the host's start to its stop.</summary>
internal sealed class AgentDownlinkService(HybridDownlink downlink, HealthRecord health) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await downlink.RunAsync(stoppingToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // The host decides what becomes of it; health must not show the route it once had.
            health.Changed(new DownlinkStatus(DownlinkRoute.None, DownlinkState.Stopped, null, exception.Message));
            throw;
        }
    }
}
