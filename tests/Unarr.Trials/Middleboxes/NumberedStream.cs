using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Unarr.Pipelines.Sse;

namespace Unarr.EndToEnd.Tests.Middleboxes;

/// <summary>A stream whose events are numbers, which are their ids as well: a server goes on after the id that it is asked for.</summary>
internal static class NumberedStream
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The number that a request goes on after.</summary>
    public static int After(HttpContext context) =>
        int.Parse(context.Request.Headers["Last-Event-ID"].FirstOrDefault("0")!, CultureInfo.InvariantCulture);

    public static async Task SendAsync(HttpContext context, int first, int count)
    {
        context.Response.ContentType = "text/event-stream";
        string text = string.Concat(Enumerable.Range(first, count).Select(static number => $"id: {number}\ndata: {number}\n\n"));
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text));
        await context.Response.Body.FlushAsync();
    }

    /// <summary>Sees that the client returns each number once and in order.</summary>
    /// <param name="client">The client.</param>
    /// <param name="first">The first number.</param>
    /// <param name="last">The last one.</param>
    /// <param name="taken">What happens at a number.</param>
    public static async Task AssertAsync(SseClient client, int first, int last, Func<int, Task>? taken = null)
    {
        using CancellationTokenSource patience = new(Patience);
        int expected = first;
        while (await client.WaitToReadAsync(patience.Token))
        {
            while (client.TryRead(out SseFrame frame))
            {
                if (frame.Kind != SseFrameKind.Event)
                {
                    continue;
                }

                Assert.Equal(expected.ToString(CultureInfo.InvariantCulture), frame.GetText());
                await (taken?.Invoke(expected) ?? Task.CompletedTask);
                if (expected++ == last)
                {
                    // It counts as taken when the next one is asked for.
                    Assert.False(client.TryRead(out _));
                    return;
                }
            }
        }

        Assert.Fail($"It ended before {expected}.");
    }
}
