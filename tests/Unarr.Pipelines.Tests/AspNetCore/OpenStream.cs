using System.Text;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Tests.AspNetCore;

/// <summary>An open event stream, read frame by frame.</summary>
internal sealed class OpenStream(HttpResponseMessage response, SseReader reader, CancellationToken deadline) : IAsyncDisposable
{
    public HttpResponseMessage Response => response;

    public string LastEventId => reader.LastEventId;

    /// <summary>The next frame as <c>:comment</c>, <c>retry 5</c> or <c>type data</c>; <see langword="null"/> at the proper end.</summary>
    public async Task<string?> NextAsync()
    {
        while (true)
        {
            if (reader.TryRead(out SseFrame frame))
            {
                return frame.Kind switch
                {
                    SseFrameKind.Comment => $":{frame.GetText()}",
                    SseFrameKind.Retry => $"retry {frame.ReconnectionInterval.TotalMilliseconds}",
                    _ => $"{Encoding.UTF8.GetString(frame.EventType)} {frame.GetText()}",
                };
            }

            if (!await reader.WaitToReadAsync(deadline))
            {
                return null;
            }
        }
    }

    /// <summary>The next event; comments are passed over.</summary>
    public async Task<string?> NextEventAsync()
    {
        string? frame;
        do
        {
            frame = await NextAsync();
        }
        while (frame?.StartsWith(':') == true);
        return frame;
    }

    public async Task<string[]> NextEventsAsync(int count)
    {
        string[] events = new string[count];
        for (int i = 0; i < count; i++)
        {
            events[i] = await NextEventAsync() ?? "the end";
        }

        return events;
    }

    public async ValueTask DisposeAsync()
    {
        await reader.DisposeAsync();
        response.Dispose();
    }
}
