using System.Text;
using Unarr.Pipelines.Sse;

namespace Unarr.EndToEnd.Tests.ControlPlane;

/// <summary>An open event stream, read frame by frame as an agent reads it.</summary>
internal sealed class AgentEvents : IAsyncDisposable
{
    private readonly SseReader _reader;
    private readonly CancellationToken _deadline;

    private AgentEvents(HttpResponseMessage response, SseReader reader, CancellationToken deadline)
    {
        Response = response;
        _reader = reader;
        _deadline = deadline;
    }

    public HttpResponseMessage Response { get; }

    public static async Task<AgentEvents> OverAsync(HttpResponseMessage response, CancellationToken deadline) =>
        new(response, new SseReader(
            await response.Content.ReadAsStreamAsync(deadline), new SseReaderOptions { Dialect = SseDialect.Agent }), deadline);

    /// <summary>The next frame, as <c>:comment</c> or <c>type data</c>; <see langword="null"/> at the stream's proper end.</summary>
    public async Task<string?> NextAsync()
    {
        while (true)
        {
            if (_reader.TryRead(out SseFrame frame))
            {
                return frame.Kind == SseFrameKind.Comment
                    ? $":{frame.GetText()}"
                    : $"{Encoding.UTF8.GetString(frame.EventType)} {frame.GetText()}";
            }

            if (!await _reader.WaitToReadAsync(_deadline))
            {
                return null;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _reader.DisposeAsync();
        Response.Dispose();
    }
}
