using System.Diagnostics.CodeAnalysis;
using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Unarr.Pipelines.Hosting;
using Unarr.Pipelines.Sse;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds event stream clients to a host.</summary>
[SuppressMessage("ApiDesign", "RS0027", Justification = "The third parameter tells the overloads apart.")]
public static class SseClientServiceCollectionExtensions
{
    /// <summary>Adds a named client, configured by a section.</summary>
    /// <remarks>Clients are made by <see cref="ISseClientFactory"/>. The options are checked when the host starts.</remarks>
    /// <param name="services">The services.</param>
    /// <param name="name">The client's name.</param>
    /// <param name="section">The section: <c>Uri</c>, and the keys of <see cref="SseClientOptions"/>.</param>
    /// <returns>Goes on configuring it.</returns>
    /// <exception cref="InvalidOperationException">A client of that name was added before.</exception>
    public static SseClientBuilder AddSseClient(this IServiceCollection services, string name, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        string keys = section is IConfigurationSection { Path: { Length: > 0 } path } ? $"{path}:" : "";
        SseClientBuilder builder = Add(services, name, keys);
        services.AddOptions<SseClientOptions>(name).Bind(section);
        services.AddOptions<SseClientAddress>(name).Configure(address => address.Text = section[nameof(Uri)]);
        return builder;
    }

    /// <summary>Adds a named client, configured in code.</summary>
    /// <remarks>It has no address of its own: each client is made with a request, or the HTTP client has a base address.</remarks>
    /// <param name="services">The services.</param>
    /// <param name="name">The client's name.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>Goes on configuring it.</returns>
    /// <exception cref="InvalidOperationException">A client of that name was added before.</exception>
    public static SseClientBuilder AddSseClient(
        this IServiceCollection services, string name, Action<SseClientOptions>? configure = null)
    {
        SseClientBuilder builder = Add(services, name, $"{nameof(SseClientOptions)}.");
        services.AddOptions<SseClientOptions>(name).Configure(configure ?? (_ => { }));
        return builder;
    }

    private static SseClientBuilder Add(IServiceCollection services, string name, string keys)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        if (services.Any(service => service.ImplementationInstance is SseClientRegistration other && other.Name == name))
        {
            throw new InvalidOperationException($"An event stream client of the name '{name}' was added before.");
        }

        var registration = new SseClientRegistration(name, keys);
        services.AddMetrics();
        services.AddLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<SseClientInstruments>();
        services.TryAddSingleton<ISseClientFactory, SseClientFactory>();
        services.AddSingleton(registration);
        services.AddOptions<SseClientOptions>(name).ValidateOnStart();
        services.AddOptions<SseClientAddress>(name).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SseClientOptions>>(new SseClientOptionsValidator(registration));
        services.AddSingleton<IValidateOptions<SseClientAddress>>(new SseClientAddressValidator(registration));
        return new SseClientBuilder(name, services, services.AddHttpClient(registration.HttpClientName)
            .ConfigurePrimaryHttpMessageHandler(SseClient.CreateHandler)
            .ConfigureHttpClient(http =>
            {
                // The client has limits of its own; this one would end a wait for a slow model.
                http.Timeout = Timeout.InfiniteTimeSpan;
                http.DefaultRequestVersion = HttpVersion.Version20;
                http.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower;
            })
            // A stream lives as long as it may: its handler renews connections by itself.
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            // "Resilience handlers and timeouts that defaults put around every client stay out of the stream."
            .ConfigureAdditionalHttpMessageHandlers((handlers, _) => handlers.Clear())
            .RemoveAllLoggers()
            .RedactLoggedHeaders(_ => true));
    }
}
