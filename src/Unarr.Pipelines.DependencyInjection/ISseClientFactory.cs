using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Hosting;

/// <summary>Makes clients by name. A test replaces it by a class of its own: it has one method.</summary>
public interface ISseClientFactory
{
    /// <summary>Makes a client with the options and the HTTP client of a name.</summary>
    /// <param name="name">The name, as it was added with <c>AddSseClient</c>.</param>
    /// <param name="createRequest">
    /// Makes each attempt's request; a relative address is relative to the name's <c>Uri</c>. Default: a GET of that.
    /// </param>
    /// <returns>A new client; the caller disposes it.</returns>
    /// <exception cref="InvalidOperationException">No client of that name was added, or there is neither a request nor an
    /// address.</exception>
    SseClient CreateClient(string name, Func<SseAttempt, CancellationToken, ValueTask<HttpRequestMessage?>>? createRequest = null);
}
