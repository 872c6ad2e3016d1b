using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;

namespace Unarr.Agents.Downlink.Hosting;

/// <summary>Goes on configuring a downlink that was added to a service collection.</summary>
public sealed class AgentDownlinkBuilder
{
    /// <summary>The name of the HTTP client that opens the event stream.</summary>
    public const string StreamClientName = "Unarr.Pipelines.Stream";

    /// <summary>The name of the HTTP client that polls and syncs.</summary>
    public const string RequestClientName = "Unarr.Pipelines.Requests";

    internal AgentDownlinkBuilder(IServiceCollection services, IHttpClientBuilder streamClient, IHttpClientBuilder requestClient)
    {
        Services = services;
        StreamClient = streamClient;
        RequestClient = requestClient;
    }

    /// <summary>The services that the downlink was added to.</summary>
    public IServiceCollection Services { get; }

    /// <summary>The HTTP client that opens the event stream. It shares no connection with <see cref="RequestClient"/>.</summary>
    public IHttpClientBuilder StreamClient { get; }

    /// <summary>The HTTP client that polls and syncs.</summary>
    public IHttpClientBuilder RequestClient { get; }

    /// <summary>Configures both HTTP clients alike: proxy, certificates, handlers of your own.</summary>
    /// <param name="configure">
    /// Called for each. <c>UseSocketsHttpHandler</c> changes the handler that is there (no redirects, no cookies, no decompression). A
    /// handler around a stream must not limit its time or buffer it: those that <c>ConfigureHttpClientDefaults</c> adds to every client
    /// are therefore left out, and a client's <c>Timeout</c> does not apply; the downlink has its own deadlines.
    /// </param>
    public AgentDownlinkBuilder ConfigureHttpClients(Action<IHttpClientBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        configure(StreamClient);
        configure(RequestClient);
        return this;
    }

    /// <summary>Takes the API key from a function.</summary>
    /// <param name="key">Gives the key, each time it is asked.</param>
    public AgentDownlinkBuilder UseApiKey(Func<CancellationToken, ValueTask<string>> key)
    {
        ArgumentNullException.ThrowIfNull(key);
        Services.AddSingleton<IApiKeyProvider>(new DelegatedApiKey(key));
        return this;
    }

    /// <summary>Takes the API key from a service.</summary>
    /// <typeparam name="TProvider">The service, made once.</typeparam>
    public AgentDownlinkBuilder UseApiKeyProvider<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TProvider>()
        where TProvider : class, IApiKeyProvider
    {
        Services.AddSingleton<IApiKeyProvider, TProvider>();
        return this;
    }
}
