using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Hosting;

/// <summary>Makes clients by name.</summary>
public static class SseClientFactoryExtensions
{
    /// <summary>Makes a client whose requests are made without awaiting.</summary>
    /// <param name="factory">The factory.</param>
    /// <param name="name">The name, as it was added with <c>AddSseClient</c>.</param>
    /// <param name="createRequest">Makes each attempt's request; <see langword="null"/> means that no further attempt is to be
    /// made.</param>
    /// <returns>A new client; the caller disposes it.</returns>
    public static SseClient CreateClient(
        this ISseClientFactory factory, string name, Func<SseAttempt, HttpRequestMessage?> createRequest)
    {
        ArgumentNullException.ThrowIfNull(factory);
        ArgumentNullException.ThrowIfNull(createRequest);
        return factory.CreateClient(name, (attempt, _) => new ValueTask<HttpRequestMessage?>(createRequest(attempt)));
    }
}
