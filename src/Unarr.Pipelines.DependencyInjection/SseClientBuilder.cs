using Microsoft.Extensions.DependencyInjection;

namespace Unarr.Pipelines.Hosting;

/// <summary>Goes on configuring a named client that was added to a service collection.</summary>
public sealed class SseClientBuilder
{
    internal SseClientBuilder(string name, IServiceCollection services, IHttpClientBuilder httpClient)
    {
        Name = name;
        Services = services;
        HttpClient = httpClient;
    }

    /// <summary>The client's name.</summary>
    public string Name { get; }

    /// <summary>The services that the client was added to.</summary>
    public IServiceCollection Services { get; }

    /// <summary>The HTTP client that sends the requests: add handlers of your own here.</summary>
    /// <remarks>Handlers that <c>ConfigureHttpClientDefaults</c> adds to every client are left out: they would limit the time of a stream,
    /// or send a request again.</remarks>
    public IHttpClientBuilder HttpClient { get; }
}
