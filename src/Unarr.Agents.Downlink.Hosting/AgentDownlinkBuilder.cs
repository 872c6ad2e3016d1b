using Microsoft.Extensions.DependencyInjection;

namespace Unarr.Agents.Downlink.Hosting;

/// <summary>Configures a downlink that was added to a service collection.</summary>
public sealed class AgentDownlinkBuilder
{
    private readonly DownlinkRegistration _registration;

    internal AgentDownlinkBuilder(
        IServiceCollection services, DownlinkRegistration registration, IHttpClientBuilder streamClient, IHttpClientBuilder requestClient)
    {
        _registration = registration;
        Services = services;
        StreamClient = streamClient;
        RequestClient = requestClient;
    }

    /// <summary>The downlink's name, which is the key of its services; <see langword="null"/> for the unnamed downlink.</summary>
    public string? Name => _registration.Name;

    /// <summary>The services that the downlink was added to.</summary>
    public IServiceCollection Services { get; }

    /// <summary>The HTTP client that opens the event stream. It shares no connection with <see cref="RequestClient"/>.</summary>
    public IHttpClientBuilder StreamClient { get; }

    /// <summary>The HTTP client for long-polls and syncs.</summary>
    public IHttpClientBuilder RequestClient { get; }

    /// <summary>Configures both HTTP clients alike: the proxy, certificates, the version of HTTP, your own handlers.</summary>
    /// <param name="configure">
    /// Configures one client; it is called for each client. <c>UseSocketsHttpHandler</c> changes the handler of the downlink (which follows
    /// no redirects, keeps no cookies and decompresses nothing). A handler around a stream must not limit its time or buffer it. Handlers
    /// that <c>ConfigureHttpClientDefaults</c> adds to every client are therefore left out, and a client's <c>Timeout</c> does not apply;
    /// the downlink has its own deadlines.
    /// </param>
    /// <returns>This builder.</returns>
    public AgentDownlinkBuilder ConfigureHttpClients(Action<IHttpClientBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        configure(StreamClient);
        configure(RequestClient);
        return this;
    }

    /// <summary>Takes the API key from a service, in place of <see cref="DownlinkOptions.ApiKeyFile"/>.</summary>
    /// <typeparam name="TService">The service; it is resolved once.</typeparam>
    /// <param name="getApiKey">Returns the key, under the rules of <see cref="DownlinkServices.GetApiKey"/>.</param>
    /// <returns>This builder.</returns>
    public AgentDownlinkBuilder UseApiKey<TService>(Func<TService, CancellationToken, ValueTask<string>> getApiKey)
        where TService : notnull
    {
        ArgumentNullException.ThrowIfNull(getApiKey);
        _registration.ApiKey = services =>
        {
            TService service = services.GetRequiredService<TService>();
            return cancellationToken => getApiKey(service, cancellationToken);
        };
        return this;
    }
}
