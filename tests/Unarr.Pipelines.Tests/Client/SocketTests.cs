using System.Net;
using System.Net.ServerSentEvents;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Tests.Http;
using Unarr.Pipelines.Tests.Net;
using Xunit;

namespace Unarr.Pipelines.Tests.Client;

/// <summary>The main rules over real sockets.</summary>
public class SocketTests
{
    private static readonly SseClientOptions Quick = new() { ReconnectDelay = TimeSpan.Zero };

    private static async Task<List<string>> ReadAsync(SseClient client)
    {
        List<string> data = [];
        await foreach (SseItem<string> item in client.ReadAllAsync())
        {
            data.Add(item.Data);
        }

        return data;
    }

    [Fact]
    public async Task Cut_stream_goes_on_after_the_last_event_taken()
    {
        string? id = null;
        var taken = new TaskCompletionSource();
        await using EventServer server = await EventServer.StartAsync(async (context, number) =>
        {
            switch (number)
            {
                case 1:
                    await EventServer.SendAsync(context, "id: \u0416 7\ndata: a\n\nid: 8\ndata: cut");
                    await taken.Task;
                    context.Abort();
                    break;
                case 2:
                    id = context.Request.Headers["Last-Event-ID"];
                    await EventServer.SendAsync(context, "data: b\n\n");
                    break;
                default:
                    context.Response.StatusCode = 204;
                    break;
            }
        });
        await using var client = new SseClient(server.Url, Quick);
        List<string> data = [];
        await foreach (SseItem<string> item in client.ReadAllAsync())
        {
            data.Add(item.Data);
            taken.TrySetResult();
        }

        Assert.Equal(["a", "b"], data);
        Assert.Equal("\u0416 7", id);
        Assert.Equal(SseEndReason.NoContent, client.EndReason);
    }

    [Fact]
    public async Task Refused_port_fails_with_its_reason_and_a_server_that_comes_back_is_found()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var dead = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
        listener.Stop();
        await using var client = new SseClient(dead, new SseClientOptions { MaxAttempts = 1 });
        SseException failure = await Assert.ThrowsAsync<SseException>(async () => await client.WaitToReadAsync());
        Assert.Equal(SseError.Connection, failure.Error);
        Assert.Contains("connection refused", failure.Message, StringComparison.Ordinal);
        Assert.Equal(dead, failure.Uri);
    }

    [Fact]
    public async Task Untrusted_certificate_fails_after_two_attempts()
    {
        await using TlsServer server = await TlsServer.StartAsync(_ => Task.CompletedTask);
        await using var client = new SseClient(new Uri($"https://127.0.0.1:{server.Port}/"), Quick);
        SseException failure = await Assert.ThrowsAsync<SseException>(async () => await client.WaitToReadAsync());
        Assert.Equal(SseError.Connection, failure.Error);
        Assert.Contains("certificate", failure.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Stream_over_http2_and_tls_of_a_private_authority_is_read()
    {
        string? protocol = null;
        await using TlsServer server = await TlsServer.StartAsync(async context =>
        {
            protocol = context.Request.Protocol;
            await EventServer.SendAsync(context, "data: a\n\ndata: [DONE]\n\n");
        });
        using var http = new HttpClient(server.Trusted(SseClient.CreateHandler())) { DefaultRequestVersion = HttpVersion.Version20 };
        await using var client = new SseClient(
            http, new Uri($"https://127.0.0.1:{server.Port}/"), new SseClientOptions { EndMarker = "[DONE]" });
        Assert.Equal(["a"], await ReadAsync(client));
        Assert.Equal("HTTP/2", protocol);
    }

    [Fact]
    public async Task Handler_times_out_connecting_and_a_client_has_its_own_limit_and_both_are_told_apart()
    {
        using var deaf = new TcpListener(IPAddress.Loopback, 0);
        deaf.Start();
        int port = ((IPEndPoint)deaf.LocalEndpoint).Port;
        using SocketsHttpHandler handler = SseClient.CreateHandler();
        handler.ConnectTimeout = TimeSpan.FromMilliseconds(50);
        using var http = new HttpClient(handler);
        Exception connect = await Assert.ThrowsAnyAsync<Exception>(() => http.GetAsync(new Uri($"https://127.0.0.1:{port}/")));
        Assert.Equal(AttemptEnd.NotConnected, ConnectionFailure.EndOf(connect));

        using var limited = new HttpClient(SseClient.CreateHandler()) { Timeout = TimeSpan.FromMilliseconds(50) };
        Exception limit = await Assert.ThrowsAnyAsync<Exception>(() => limited.GetAsync(new Uri($"http://127.0.0.1:{port}/")));
        Assert.Equal(AttemptEnd.NoAnswer, ConnectionFailure.EndOf(limit));
    }

    [Theory]
    [InlineData("gzip", false)]
    [InlineData("x-gzip", false)]
    [InlineData("deflate", false)]
    [InlineData("br", false)]
    [InlineData("GZIP", true)]
    [InlineData("br", true)]
    public async Task Flushed_piece_of_a_compressed_stream_is_given_at_once(string coding, bool hasForeignHandler)
    {
        var goOn = new TaskCompletionSource();
        await using EventServer server = await EventServer.StartAsync(async (context, _) =>
        {
            Assert.Equal("gzip, deflate, br", context.Request.Headers.AcceptEncoding.ToString());
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.ContentEncoding = coding;
            await using Stream packed = Packing.Of(coding, context.Response.Body);
            foreach (string piece in (string[])["data: a\n\n", "data: b\n\n"])
            {
                await packed.WriteAsync(Encoding.ASCII.GetBytes(piece));
                await packed.FlushAsync();
                await context.Response.Body.FlushAsync();
                await goOn.Task;
            }
        });
        using HttpClient http = new(hasForeignHandler ? new HttpClientHandler() : SseClient.CreateHandler());
        await using var client = new SseClient(http, server.Url, new SseClientOptions { CloseAtEnd = true });
        Assert.True(await Signal.Of(client.WaitToReadAsync().AsTask(), "the first piece"));
        Assert.True(client.TryRead(out SseFrame frame));
        Assert.Equal("a", frame.GetText());
        goOn.SetResult();
        Assert.Equal(["b"], await ReadAsync(client));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task Compressed_body_of_an_error_is_shown_and_a_handler_may_decompress_too(string coding)
    {
        await using EventServer server = await EventServer.StartAsync(async (context, _) =>
        {
            context.Response.StatusCode = 400;
            context.Response.Headers.ContentEncoding = coding;
            await using Stream packed = Packing.Of(coding, context.Response.Body);
            await packed.WriteAsync("no such model"u8.ToArray());
        });
        foreach (DecompressionMethods byHandler in (DecompressionMethods[])[DecompressionMethods.None, DecompressionMethods.All])
        {
            using HttpClient http = new(new SocketsHttpHandler { AutomaticDecompression = byHandler });
            await using var client = new SseClient(http, server.Url);
            SseException failure = await Assert.ThrowsAsync<SseException>(() => ReadAsync(client));
            Assert.Equal("no such model", failure.ResponseBody);
        }
    }

    [Fact]
    public async Task Stream_in_brotli_that_ends_in_the_middle_is_asked_for_again()
    {
        await using EventServer server = await EventServer.StartAsync(async (context, number) =>
        {
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.ContentEncoding = "br";
            using MemoryStream whole = new();
            int flushed;
            await using (Stream packed = Packing.Of("br", whole))
            {
                await packed.WriteAsync(Encoding.ASCII.GetBytes($"data: {number}\n\n"));
                await packed.FlushAsync();
                flushed = (int)whole.Length;
            }

            ReadOnlyMemory<byte> bytes = whole.ToArray();
            await context.Response.Body.WriteAsync(number == 1 ? bytes[..flushed] : bytes);
        });
        await using var client = new SseClient(server.Url, new SseClientOptions { CloseAtEnd = true, ReconnectDelay = TimeSpan.Zero });
        Assert.Equal(["1", "2"], await ReadAsync(client));
    }

    [Fact]
    public async Task Coding_that_the_request_does_not_accept_is_not_asked_for()
    {
        var asked = new TaskCompletionSource<string>();
        await using EventServer server = await EventServer.StartAsync((context, _) =>
        {
            asked.TrySetResult(context.Request.Headers.AcceptEncoding.ToString());
            context.Response.StatusCode = 204;
            return Task.CompletedTask;
        });
        using HttpClient http = new(SseClient.CreateHandler());
        await using var client = new SseClient(
            http, _ => new HttpRequestMessage(HttpMethod.Get, server.Url) { Headers = { { "Accept-Encoding", "identity" } } });
        Assert.False(await client.WaitToReadAsync());
        Assert.Equal("identity", await asked.Task);
    }

    [Fact]
    public async Task Post_is_sent_once_and_its_error_shows_the_body_without_the_key()
    {
        await using EventServer server = await EventServer.StartAsync(async (context, _) =>
        {
            context.Response.StatusCode = 400;
            await context.Response.WriteAsync($"wrong: {context.Request.Headers.Authorization}");
        });
        using var http = new HttpClient(SseClient.CreateHandler()) { BaseAddress = server.Url };
        http.DefaultRequestHeaders.Authorization = new("Bearer", "sk-very-secret");
        await using var client = new SseClient(
            http, _ => new HttpRequestMessage(HttpMethod.Post, "chat") { Content = new StringContent("x") });
        SseException failure = await Assert.ThrowsAsync<SseException>(() => ReadAsync(client));
        Assert.Equal(HttpStatusCode.BadRequest, failure.StatusCode);
        Assert.StartsWith("wrong: ", failure.ResponseBody, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-very-secret", failure.ToString(), StringComparison.Ordinal);
        Assert.Equal(new Uri(server.Url, "chat"), failure.Uri);
        Assert.Equal(1, server.Requests);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Redirect_to_another_origin_carries_no_header(bool strict)
    {
        IHeaderDictionary? seen = null;
        await using EventServer other = await EventServer.StartAsync((context, _) =>
        {
            seen = context.Request.Headers;
            context.Response.StatusCode = 204;
            return Task.CompletedTask;
        });
        await using EventServer server = await EventServer.StartAsync((context, _) =>
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = other.Url.ToString();
            return Task.CompletedTask;
        });
        using var http = new HttpClient(SseClient.CreateHandler());
        http.DefaultRequestHeaders.Add("X-Api-Key", "secret");
        await using var client = new SseClient(http, server.Url, new SseClientOptions { Strict = strict });
        if (strict)
        {
            Assert.Empty(await ReadAsync(client));
            Assert.DoesNotContain("X-Api-Key", seen!.Keys);
        }
        else
        {
            Assert.Equal(SseError.Redirect, (await Assert.ThrowsAsync<SseException>(() => ReadAsync(client))).Error);
            Assert.Null(seen);
        }
    }

    [Fact]
    public async Task Close_ends_the_connection_at_the_server()
    {
        var gone = new TaskCompletionSource();
        await using EventServer server = await EventServer.StartAsync(async (context, _) =>
        {
            await EventServer.SendAsync(context, "data: a\n\n");
            await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            gone.SetResult();
        });
        await using var client = new SseClient(server.Url);
        Assert.True(await client.WaitToReadAsync());
        Assert.True(client.TryRead(out _));
        Assert.False(client.TryRead(out _));
        Task<bool> waiting = client.WaitToReadAsync().AsTask();
        client.Close();
        Assert.False(await Signal.Of(waiting, "the end of the wait"));
        await Signal.Of(gone.Task, "the end of the connection");
    }

    [Fact]
    public async Task Silent_stream_is_given_up_and_another_one_opened()
    {
        await using EventServer server = await EventServer.StartAsync(async (context, number) =>
        {
            await EventServer.SendAsync(context, $"data: {number}\n\n");
            await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        await using var client = new SseClient(
            server.Url, new SseClientOptions { ReconnectDelay = TimeSpan.Zero, IdleTimeout = TimeSpan.FromMilliseconds(50) });
        List<string> data = [];
        await foreach (SseItem<string> item in client.ReadAllAsync())
        {
            data.Add(item.Data);
            if (data.Count == 3)
            {
                client.Close();
            }
        }

        Assert.Equal(["1", "2", "3"], data);
        Assert.Equal(SseError.Timeout, client.LastFailure?.Error);
    }
}
