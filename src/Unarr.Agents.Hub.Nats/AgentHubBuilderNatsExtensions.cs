using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Unarr.Agents.Hub;
using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Hub.Nats;
using Unarr.Agents.Hub.Signals;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Lets many nodes serve one fleet over NATS JetStream.</summary>
public static class AgentHubBuilderNatsExtensions
{
    /// <summary>Keeps controls in JetStream, where any number of nodes share them, and lets the nodes hear of each other. An agent may
    /// have its stream on one node and its long-poll on another.</summary>
    /// <param name="builder">The hub.</param>
    /// <param name="servers">The servers, such as <c>nats://10.0.0.1:4222,nats://10.0.0.2:4222</c>; any of them is enough to
    /// start.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The hub.</returns>
    /// <remarks>The host does not start where the servers cannot be reached within 10 s, are older than 2.10.23, have no JetStream, or miss
    /// a bucket that is not to be made: <see cref="ControlStoreException"/> says why.</remarks>
    /// <exception cref="ArgumentException">An option cannot be used, or an address names a user or a password.</exception>
    public static AgentHubBuilder UseNats(this AgentHubBuilder builder, string servers, Action<NatsAgentHubOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(servers);
        NatsAgentHubOptions options = new();
        configure?.Invoke(options);
        NatsSettings settings = new(servers, options);
        builder.Services.RemoveAll<NatsNode>();
        builder.Services.Replace(ServiceDescriptor.Singleton<Fleet>(static provider => provider.GetRequiredService<NatsNode>().Fleet));
        builder.Services.AddSingleton(provider => new NatsNode(
            settings, provider.GetRequiredService<HubClock>(), provider.GetRequiredService<ILoggerFactory>()));

        // Before all others: nothing may read the store until it has all that is pending.
        builder.Services.Insert(0, ServiceDescriptor.Singleton<IHostedService>(
            static provider => new NatsNodeService(provider.GetRequiredService<NatsNode>())));
        return builder
            .UseStore(static provider => provider.GetRequiredService<NatsNode>().Store)
            .UseSignals(static provider => new NatsSignals(
                provider.GetRequiredService<NatsNode>(),

                // The agents are put together after the signals.
                id => provider.GetRequiredService<AgentDirectory>().Find(id) is not null));
    }
}
