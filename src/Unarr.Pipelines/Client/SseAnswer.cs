using System.Net.Http.Headers;

namespace Unarr.Pipelines.Sse;

/// <summary>What became of a request: an open stream, or an end.</summary>
internal readonly struct SseAnswer
{
    public SseConnection? Connection { get; init; }

    public AttemptEnd End { get; init; }

    public SseException? Failure { get; init; }

    /// <summary>How long the server asks to be left alone; zero when it does not ask.</summary>
    public TimeSpan RetryAfter { get; init; }

    /// <summary>The answer's headers, where there was one.</summary>
    public HttpResponseHeaders? Headers { get; init; }
}
