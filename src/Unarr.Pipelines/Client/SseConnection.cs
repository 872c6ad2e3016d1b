namespace Unarr.Pipelines.Sse;

/// <summary>An open stream: the request, its answer, and the reader over that.</summary>
internal sealed class SseConnection(
    AttemptScope attempt, HttpRequestMessage request, HttpResponseMessage response, SseReader reader, SseFramer framer, bool isJson)
    : IAsyncDisposable
{
    public AttemptScope Attempt => attempt;

    public HttpRequestMessage Request => request;

    public HttpResponseMessage Response => response;

    public SseReader Reader => reader;

    public SseFramer Framer => framer;

    /// <summary>Whether the answer was a JSON body.</summary>
    public bool IsJson => isJson;

    /// <summary>Ends the connection, and gives the buffers back.</summary>
    public async ValueTask DisposeAsync()
    {
        await reader.DisposeAsync().ConfigureAwait(false);
        response.Dispose();
        request.Dispose();
        attempt.Dispose();
    }
}
