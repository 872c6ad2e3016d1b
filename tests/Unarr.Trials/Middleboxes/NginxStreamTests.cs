using Microsoft.AspNetCore.Http;
using Unarr.EndToEnd.Tests.Strangers;
using Unarr.Pipelines.Sse;

namespace Unarr.EndToEnd.Tests.Middleboxes;

/// <summary>The client behind an nginx that holds back, compresses and is reloaded.</summary>
public sealed class NginxStreamTests
{
    private const string Compressing = "gzip on; gzip_types text/event-stream; gzip_min_length 1; gzip_proxied any;";

    // More than come before the second reload.
    private const int EachConnection = 80;

    [SkippableTheory]
    [InlineData("proxy_buffering on;")]
    [InlineData($"proxy_buffering on; {Compressing}")]
    [InlineData($"proxy_buffering off; {Compressing}")]
    public async Task Reload_in_the_middle_loses_no_event_and_gives_none_twice(string directives)
    {
        Needs.Program(Nginx.Program);
        await using StreamServer server = await StreamServer.StartAsync(AnswerAsync);
        (Nginx nginx, Uri address) = await Nginx.StartAsync(
            server.Address, $"{directives} proxy_http_version 1.1; proxy_set_header Connection '';", isReloadable: true);
        await using Nginx _ = nginx;
        await using SseClient client = new(
            new Uri(address, "stream"), new SseClientOptions { ReconnectDelay = TimeSpan.FromMilliseconds(10) });

        await NumberedStream.AssertAsync(client, 1, 200, number => number is 20 or 110 ? nginx.ReloadAsync() : Task.CompletedTask);
        Assert.True(server.Requests("/stream") >= 3, $"{server.Requests("/stream")} requests");
    }

    /// <summary>Events at once one after the other; the server cuts each connection in the middle of one.</summary>
    private static async Task AnswerAsync(HttpContext context, int request)
    {
        int after = NumberedStream.After(context);
        for (int next = after + 1; next <= after + EachConnection; next++)
        {
            await NumberedStream.SendAsync(context, next, 1);
            await Task.Delay(1, context.RequestAborted);
        }

        await context.Response.Body.WriteAsync("id: cut\ndata: cut\n"u8.ToArray());
        await context.Response.Body.FlushAsync();
        context.Abort();
    }
}
