using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Unarr.Agents.Hub;
using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Hub.Controls;
using Unarr.Agents.Hub.Desk;
using Unarr.Agents.Hub.Handling;
using Unarr.Agents.Hub.Observing;
using Unarr.Agents.Hub.Signals;
using Unarr.Agents.Hub.Web;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds a hub for agents to a host.</summary>
[SuppressMessage("ApiDesign", "RS0026", Justification = "The second parameter tells the overloads apart.")]
[SuppressMessage("ApiDesign", "RS0027", Justification = "The second parameter tells the overloads apart.")]
public static class AgentHubServiceCollectionExtensions
{
    /// <summary>Adds a hub, configured in code: <see cref="AgentHub"/> is a service then. Controls are in memory until a store is
    /// named.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options; they are checked when the host starts.</param>
    /// <returns>Goes on configuring it: the handler, the store.</returns>
    /// <exception cref="InvalidOperationException">A hub was added before: a host has one.</exception>
    public static AgentHubBuilder AddAgentHub(this IServiceCollection services, Action<AgentHubOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        AgentHubBuilder builder = Add(services, $"{nameof(AgentHubOptions)}.");
        if (configure is not null)
        {
            services.Configure(configure);
        }

        return builder;
    }

    /// <summary>Adds a hub, configured by a section: <see cref="AgentHub"/> is a service then. Controls are in memory until a store is
    /// named.</summary>
    /// <param name="services">The services.</param>
    /// <param name="section">The section with the keys of <see cref="AgentHubOptions"/>; they are checked when the host starts.</param>
    /// <returns>Goes on configuring it: the handler, the store.</returns>
    /// <exception cref="InvalidOperationException">A hub was added before: a host has one.</exception>
    public static AgentHubBuilder AddAgentHub(this IServiceCollection services, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(section);
        AgentHubBuilder builder = Add(services, section is IConfigurationSection { Path: { Length: > 0 } path } ? $"{path}:" : "");
        services.AddOptions<AgentHubOptions>().Bind(section);
        return builder;
    }

    private static AgentHubBuilder Add(IServiceCollection services, string keys)
    {
        if (services.Any(static service => service.ServiceType == typeof(HandlerRegistration)))
        {
            throw new InvalidOperationException("A hub was added before: a host has one.");
        }

        HandlerRegistration handler = new();
        services.AddMetrics();
        services.AddLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(handler);
        services.AddOptions<AgentHubOptions>().ValidateOnStart();
        services.AddSingleton<IValidateOptions<AgentHubOptions>>(new AgentHubOptionsValidator(keys));
        services.AddSingleton<ControlStore>(
            static provider => new InMemoryControlStore(provider.GetRequiredService<AgentHubSettings>().MaxEndedControls));
        AddParts(services);
        services.AddHostedService<HubService>(static provider => Service(provider));
        return new AgentHubBuilder(services, handler);
    }

    private static void AddParts(IServiceCollection services)
    {
        services.AddSingleton(static provider => new AgentHubSettings(
            provider.GetRequiredService<IOptions<AgentHubOptions>>().Value, provider.GetService<AgentSignals>() is not null));
        services.AddSingleton(static provider => new HubClock(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(static provider => new HubInstruments(provider.GetRequiredService<IMeterFactory>()));
        services.AddSingleton(static provider => new WatchedControlStore(
            provider.GetRequiredService<ControlStore>(), provider.GetRequiredService<HubInstruments>(),
            provider.GetRequiredService<ILogger<WatchedControlStore>>()));
        services.AddSingleton(static provider => new ExpiryTimes(provider.GetRequiredService<HubClock>()));
        services.AddSingleton(static provider => new PendingControls(
            provider.GetRequiredService<WatchedControlStore>(), provider.GetRequiredService<ExpiryTimes>(),
            provider.GetRequiredService<HubClock>()));
        services.AddSingleton<HandlerCalls>();
        services.AddSingleton<ControlFollowers>();
        services.AddSingleton(static provider => new NodeSignals(
            provider.GetService<AgentSignals>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<NodeSignals>>()));
        services.AddSingleton<AgentLists>();
        services.AddSingleton<ControlReports>();
        services.AddSingleton(static provider => Directory(provider));
        services.AddSingleton(static provider => new ControlDesk(
            provider.GetRequiredService<AgentDirectory>(), provider.GetRequiredService<WatchedControlStore>(),
            provider.GetRequiredService<PendingControls>(), provider.GetRequiredService<ExpiryTimes>(),
            provider.GetRequiredService<ControlReports>(), provider.GetRequiredService<AgentHubSettings>(),
            provider.GetRequiredService<HubClock>()));
        services.AddSingleton<AgentHub>(static provider => new LiveAgentHub(
            provider.GetRequiredService<AgentDirectory>(), provider.GetRequiredService<AgentLists>(),
            provider.GetRequiredService<ControlDesk>(), provider.GetRequiredService<WatchedControlStore>(),
            provider.GetRequiredService<ControlFollowers>(), provider.GetRequiredService<HandlerCalls>(),
            provider.GetRequiredService<HubInstruments>(), provider.GetRequiredService<HubClock>(), provider.GetService<Fleet>()));
        services.AddSingleton<PeerFaults>();
        services.AddSingleton<RequestErrors>();
        services.AddSingleton<IExceptionHandler, StoreFailureHandler>();
        services.AddSingleton<AgentEndpoints>();
        services.AddSingleton<ProbeEndpoint>();
        services.AddSingleton(static provider => new SyncEndpoint(
            provider.GetRequiredService<AgentDirectory>(), provider.GetRequiredService<ControlDesk>(),
            provider.GetRequiredService<WatchedControlStore>(), provider.GetRequiredService<HandlerCalls>(),
            provider.GetRequiredService<AgentHubSettings>(), provider.GetRequiredService<HubInstruments>(),
            provider.GetRequiredService<HubClock>(), provider.GetService<Fleet>(),
            provider.GetRequiredService<ILogger<SyncEndpoint>>()));
    }

    private static AgentDirectory Directory(IServiceProvider provider)
    {
        AgentHubSettings settings = provider.GetRequiredService<AgentHubSettings>();
        HandlerCalls handler = provider.GetRequiredService<HandlerCalls>();
        WatchedControlStore store = provider.GetRequiredService<WatchedControlStore>();
        AgentDirectory directory = new(settings.Heartbeat, settings.WakeHold, provider.GetRequiredService<TimeProvider>());
        if (provider.GetService<Fleet>() is { } fleet)
        {
            Join(directory, fleet);
        }

        if (handler.HearsConnections)
        {
            directory.ReachChanged = (agent, isReachable) => handler.ReachChanged(agent, isReachable, () => InfoAsync(agent));
        }

        return directory;

        async ValueTask<AgentInfo> InfoAsync(Agent agent)
        {
            try
            {
                return directory.InfoOf(agent, await store.CountPendingAsync(agent.Id, CancellationToken.None).ConfigureAwait(false));
            }
            catch (ControlStoreException)
            {
                // The store has logged it. Who comes and goes is reported all the same.
                return directory.InfoOf(agent, pending: 0);
            }
        }
    }

    /// <summary>Lets the other nodes see the agents here, and hears which of them are watched.</summary>
    private static void Join(AgentDirectory directory, Fleet fleet)
    {
        fleet.Here = () => [.. directory.All.Where(static agent => agent.HasBeenHere).Select(agent => directory.InfoOf(agent, pending: 0))];
        fleet.WatchedChanged = (agentId, isWatched) => directory.Find(agentId)?.Watch(isWatched);
        directory.IsWatched = fleet.IsWatched;
    }

    private static HubService Service(IServiceProvider provider) => new(
        provider.GetRequiredService<AgentDirectory>(), provider.GetRequiredService<ControlDesk>(),
        new AgentKeeper(provider.GetRequiredService<AgentDirectory>(), provider.GetRequiredService<WatchedControlStore>()),
        provider.GetRequiredService<WatchedControlStore>(), provider.GetRequiredService<ExpiryTimes>(),
        provider.GetRequiredService<HandlerCalls>(), provider.GetRequiredService<NodeSignals>(),
        provider.GetRequiredService<AgentHubSettings>(), provider.GetRequiredService<IHostApplicationLifetime>(),
        provider.GetRequiredService<HubClock>(), provider.GetRequiredService<ILogger<HubService>>());
}
