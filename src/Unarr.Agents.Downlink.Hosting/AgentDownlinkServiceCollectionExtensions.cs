using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Agents.Downlink.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds downlinks to a host.</summary>
[SuppressMessage("ApiDesign", "RS0026", Justification = "The required parameters tell the overloads apart.")]
public static class AgentDownlinkServiceCollectionExtensions
{
    /// <summary>Adds a downlink that runs as long as the host runs. A configuration section has its options.</summary>
    /// <remarks>
    /// The downlink's handler, its <see cref="AgentDownlink"/>, its <see cref="SyncTrigger"/> and its <see cref="DownlinkClient"/> are
    /// singletons. Those of a named downlink are keyed services, and the name is the key. The host checks the options when it starts.
    /// </remarks>
    /// <typeparam name="THandler">The handler that applies the controls. It is made once for each downlink, with the services that its
    /// constructor needs.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="section">The section with the keys of <see cref="DownlinkOptions"/>.</param>
    /// <param name="name">The downlink's name; <see langword="null"/> for the one downlink without a name.</param>
    /// <returns>A builder that configures the source of the API key and the HTTP clients.</returns>
    /// <exception cref="InvalidOperationException">A downlink of that name was added earlier.</exception>
    public static AgentDownlinkBuilder AddAgentDownlink<
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(
        this IServiceCollection services, IConfiguration section, string? name = null)
        where THandler : DownlinkHandler
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(section);
        string keys = section is IConfigurationSection { Path: { Length: > 0 } path } ? $"{path}:" : "";
        AgentDownlinkBuilder builder = services.Add<THandler>(new DownlinkRegistration(name, keys));
        services.AddOptions<DownlinkOptions>(name ?? "").Bind(section);
        return builder;
    }

    /// <summary>Adds a downlink that runs as long as the host runs. Code sets its options.</summary>
    /// <inheritdoc cref="AddAgentDownlink{THandler}(IServiceCollection, IConfiguration, string?)"/>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options.</param>
    /// <param name="name">The downlink's name; <see langword="null"/> for the one downlink without a name.</param>
    public static AgentDownlinkBuilder AddAgentDownlink<
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(
        this IServiceCollection services, Action<DownlinkOptions> configure, string? name = null)
        where THandler : DownlinkHandler
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        AgentDownlinkBuilder builder = services.Add<THandler>(new DownlinkRegistration(name, $"{nameof(DownlinkOptions)}."));
        services.AddOptions<DownlinkOptions>(name ?? "").Configure(configure);
        return builder;
    }

    private static AgentDownlinkBuilder Add<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(
        this IServiceCollection services, DownlinkRegistration downlink)
        where THandler : DownlinkHandler
    {
        if (services.Any(service => service.ImplementationInstance is DownlinkRegistration other && other.Name == downlink.Name))
        {
            throw new InvalidOperationException(downlink.Name is { } taken
                ? $"A downlink with the name '{taken}' was added earlier."
                : "A downlink without a name was added earlier: each further downlink needs a name.");
        }

        services.AddMetrics();
        services.AddLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(downlink);
        services.AddOptions<DownlinkOptions>(downlink.OptionsName).ValidateOnStart();
        services.AddSingleton<IValidateOptions<DownlinkOptions>>(new DownlinkOptionsValidator(downlink));
        if (downlink.Name is { } name)
        {
            services.TryAddKeyedSingleton<THandler>(name);
            services.TryAddKeyedSingleton<SyncTrigger>(name);
            services.TryAddKeyedSingleton<DownlinkClient>(name);
            services.AddKeyedSingleton(name, (provider, _) => DownlinkFactory.Create(provider, downlink, downlink.Get<THandler>(provider)));
        }
        else
        {
            services.TryAddSingleton<THandler>();
            services.TryAddSingleton<SyncTrigger>();
            services.TryAddSingleton<DownlinkClient>();
            services.AddSingleton(provider => DownlinkFactory.Create(provider, downlink, downlink.Get<THandler>(provider)));
        }

        services.AddSingleton<IHostedService>(provider => new AgentDownlinkService(downlink.Get<AgentDownlink>(provider)));
        return new AgentDownlinkBuilder(services, downlink, HttpClient(downlink.StreamClientName), HttpClient(downlink.RequestClientName));

        IHttpClientBuilder HttpClient(string client) => services.AddHttpClient(client)
            .ConfigurePrimaryHttpMessageHandler(
                provider => ControlPlaneClient.CreateHandler(DownlinkFactory.OptionsOf(provider, downlink).ConnectTimeout))
            .ConfigureHttpClient(http => http.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower)
            // One client lives as long as the host: its handler renews connections by itself.
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            // A default handler for all clients retries or limits the time, as a rule: neither is for a stream.
            .ConfigureAdditionalHttpMessageHandlers((handlers, _) => handlers.Clear())
            // "One line per thing that happens to the route": four for each poll and sync are none of it, and no header may show the key.
            .RemoveAllLoggers()
            .RedactLoggedHeaders(_ => true);
    }
}
