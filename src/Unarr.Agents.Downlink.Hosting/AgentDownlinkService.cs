using Microsoft.Extensions.Hosting;

namespace Unarr.Agents.Downlink.Hosting;

/// <summary>Runs a downlink from the host's start to its stop.</summary>
internal sealed class AgentDownlinkService(AgentDownlink downlink) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => downlink.RunAsync(stoppingToken);
}
