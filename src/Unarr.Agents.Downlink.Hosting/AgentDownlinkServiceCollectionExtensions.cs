using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Agents.Downlink.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds a downlink to a host.</summary>
public static class AgentDownlinkServiceCollectionExtensions
{
    /// <summary>Adds a downlink that runs as long as the host does, configured by a section.</summary>
    /// <typeparam name="THandler">Applies the controls; a singleton, made with what it needs from the services.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="section">The section with the keys of <see cref="AgentDownlinkOptions"/>.</param>
    /// <returns>Goes on configuring it: the API key's source and the HTTP clients.</returns>
    /// <exception cref="InvalidOperationException">A downlink was added before.</exception>
    public static AgentDownlinkBuilder AddAgentDownlink<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(
        this IServiceCollection services, IConfiguration section)
        where THandler : class, IDownlinkHandler
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton<THandler>();
        return services.AddAgentDownlink(section, provider => provider.GetRequiredService<THandler>());
    }

    /// <summary>Adds a downlink that runs as long as the host does, configured in code.</summary>
    /// <typeparam name="THandler">Applies the controls; a singleton, made with what it needs from the services.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>Goes on configuring it: the API key's source and the HTTP clients.</returns>
    /// <exception cref="InvalidOperationException">A downlink was added before.</exception>
    public static AgentDownlinkBuilder AddAgentDownlink<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(
        this IServiceCollection services, Action<AgentDownlinkOptions> configure)
        where THandler : class, IDownlinkHandler
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.TryAddSingleton<THandler>();
        services.AddOptions<AgentDownlinkOptions>().Configure(configure);
        return services.Add($"{nameof(AgentDownlinkOptions)}.", provider => provider.GetRequiredService<THandler>());
    }

    /// <summary>Adds a downlink that runs as long as the host does, configured by a section, with a handler that a function makes.</summary>
    /// <param name="services">The services.</param>
    /// <param name="section">The section with the keys of <see cref="AgentDownlinkOptions"/>.</param>
    /// <param name="handler">Gives the handler that applies the controls.</param>
    /// <returns>Goes on configuring it: the API key's source and the HTTP clients.</returns>
    /// <exception cref="InvalidOperationException">A downlink was added before.</exception>
    public static AgentDownlinkBuilder AddAgentDownlink(
        this IServiceCollection services, IConfiguration section, Func<IServiceProvider, IDownlinkHandler> handler)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(section);
        ArgumentNullException.ThrowIfNull(handler);
        services.AddOptions<AgentDownlinkOptions>().Bind(section);
        return services.Add(section is IConfigurationSection { Path: { Length: > 0 } path } ? $"{path}:" : "", handler);
    }

    private static AgentDownlinkBuilder Add(this IServiceCollection services, string keys, Func<IServiceProvider, IDownlinkHandler> handler)
    {
        if (services.Any(service => service.ServiceType == typeof(HybridDownlink)))
        {
            throw new InvalidOperationException("A downlink was added before; a host has one.");
        }

        services.AddMetrics();
        services.AddOptions<AgentDownlinkOptions>().ValidateOnStart();
        services.AddSingleton<IValidateOptions<AgentDownlinkOptions>>(
            provider => new AgentDownlinkOptionsValidator(keys, provider.GetRequiredService<IServiceProviderIsService>()));
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<DownlinkMetrics>();
        services.AddSingleton<HealthRecord>();
        services.AddSingleton(provider => DownlinkFactory.Create(provider, handler(provider)));
        services.AddHostedService<AgentDownlinkService>();
        return new AgentDownlinkBuilder(services, HttpClient(AgentDownlinkBuilder.StreamClientName), HttpClient(AgentDownlinkBuilder.RequestClientName));

        IHttpClientBuilder HttpClient(string name) => services.AddHttpClient(name)
            .ConfigurePrimaryHttpMessageHandler(provider => ControlPlaneClient.CreateHandler(DownlinkFactory.OptionsOf(provider).ConnectTimeout))
            .ConfigureHttpClient((provider, http) => DownlinkFactory.Configure(http, DownlinkFactory.OptionsOf(provider)))
            // One client lives as long as the host: its handler renews connections by itself.
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            // A default handler for all clients retries or limits the time, as a rule: neither is for a stream.
            .ConfigureAdditionalHttpMessageHandlers((handlers, _) => handlers.Clear())
            // "One line per thing that happens to the route": four for each poll and sync are none of it, and no header may show the key.
            .RemoveAllLoggers()
            .RedactLoggedHeaders(_ => true);
    }
}
