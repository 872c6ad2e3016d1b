using Microsoft.Extensions.Hosting;

namespace Unarr.Agents.Hub.Nats;

/// <summary>Connects the node before anything else starts, and disconnects it after everything else has stopped.</summary>
internal sealed class NatsNodeService(NatsNode node) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => node.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => node.StopAsync();
}
