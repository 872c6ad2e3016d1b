using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Testing;
using Xunit;

namespace Unarr.Pipelines.Tests.Http;

/// <summary>The main paths over real HTTP.</summary>
public sealed class LoopbackTests
{
    [Fact]
    public async Task A_stream_gives_each_frame_as_it_comes_and_its_closing_reaches_the_server()
    {
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        string headers = "";
        await using LoopbackServer server = await LoopbackServer.StartAsync(async context =>
        {
            headers = string.Join('\n', context.Request.Headers.Select(header => $"{header.Key}: {header.Value}"));
            context.RequestAborted.Register(aborted.SetResult);
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(": connected\n");
            await context.Response.Body.FlushAsync();
            await more.Task;
            await context.Response.WriteAsync("event: sync\ndata: {}\n\n");
            await context.Response.Body.FlushAsync();
            await aborted.Task;
        });
        EventStream stream = await server.Client.OpenEventStreamAsync();
        await using (stream)
        {
            Assert.Equal("comment", (await NextAsync(stream.Frames)).Kind);
            more.SetResult();
            Assert.Equal("sync", (await NextAsync(stream.Frames)).Type);
        }

        await Signal.Of(aborted.Task, "the end of the connection");
        await stream.DisposeAsync();
        Assert.Contains($"Authorization: Bearer {ClientHarness.Key}", headers, StringComparison.Ordinal);
        Assert.Contains("Accept: text/event-stream", headers, StringComparison.Ordinal);
        Assert.Contains("Cache-Control: no-cache", headers, StringComparison.Ordinal);
        Assert.Contains("User-Agent: unarr-pipelines/", headers, StringComparison.Ordinal);
        Assert.DoesNotContain("Accept-Encoding", headers, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Stream_that_is_closed_while_a_read_is_pending_ends_the_read_and_the_connection(string version)
    {
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using LoopbackServer server = await LoopbackServer.StartAsync(
            async context =>
            {
                context.RequestAborted.Register(aborted.SetResult);
                context.Response.ContentType = "text/event-stream";
                await context.Response.WriteAsync(": connected\n: half");
                await context.Response.Body.FlushAsync();
                await aborted.Task;
            },
            Version.Parse(version));
        EventStream stream = await server.Client.OpenEventStreamAsync();
        Assert.Equal("comment", (await NextAsync(stream.Frames)).Kind);
        Assert.False(stream.Frames.TryRead(out _));
        Task<bool> waiting = stream.Frames.WaitToReadAsync().AsTask();
        while (!waiting.IsCompleted && stream.BytesRead < 18)
        {
            // The rest of the first bytes may come in a read of its own.
            await Task.Yield();
        }

        waiting = waiting.IsCompleted ? stream.Frames.WaitToReadAsync().AsTask() : waiting;
        await stream.DisposeAsync();
        await stream.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => Signal.Of(waiting, "the end of the read"));
        await Signal.Of(aborted.Task, "the end of the connection");
        Assert.Equal(0, stream.Frames.HeldBytes);
    }

    [Fact]
    public async Task Wakes_and_syncs_are_exchanged()
    {
        string body = "";
        await using LoopbackServer server = await LoopbackServer.StartAsync(async context =>
        {
            body = await new StreamReader(context.Request.Body).ReadToEndAsync();
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(context.Request.Path.Value switch
            {
                "/api/internal/agent/wake" => """{"wake":true}""",
                "/api/internal/agent/sync" => """{"controls":[{"action":"pause","taskId":"t1"}],"watching":true}""",
                _ => "",
            });
        });
        Assert.True((await server.Client.WaitForWakeAsync()).Wake);
        Assert.Equal("t1", Assert.Single((await server.Client.SyncAsync(ClientHarness.Request)).Controls).TaskId);
        Assert.StartsWith("{\"agentId\":\"agent\"", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_to_another_origin_never_takes_the_key_there(int status)
    {
        int reached = 0;
        await using LoopbackServer other = await LoopbackServer.StartAsync(context =>
        {
            Interlocked.Increment(ref reached);
            return Task.CompletedTask;
        });
        await using LoopbackServer server = await LoopbackServer.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = $"{other.Url}{context.Request.Path}";
            return Task.CompletedTask;
        });
        foreach (Func<Task> exchange in new Func<Task>[]
        {
            () => server.Client.OpenEventStreamAsync(), () => server.Client.WaitForWakeAsync(), () => server.Client.SyncAsync(
                ClientHarness.Request),
        })
        {
            ControlPlaneException failure = await Assert.ThrowsAsync<ControlPlaneException>(exchange);
            Assert.Equal((HttpStatusCode)status, failure.StatusCode);
        }

        Assert.Equal(0, reached);
    }

    [Theory]
    [InlineData(5, true)]
    [InlineData(6, false)]
    public async Task Redirects_within_the_origin_are_followed_five_times_with_method_and_key_kept(int redirects, bool followed)
    {
        List<string> requests = [];
        await using LoopbackServer server = await LoopbackServer.StartAsync(async context =>
        {
            string body = await new StreamReader(context.Request.Body).ReadToEndAsync();
            requests.Add($"{context.Request.Method} {context.Request.Headers.Authorization} {body.Length > 0}");
            if (requests.Count <= redirects)
            {
                context.Response.StatusCode = 302;
                context.Response.Headers.Location = $"/moved/{requests.Count}";
                return;
            }

            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync("{}");
        });

        Task exchange = server.Client.SyncAsync(ClientHarness.Request);

        if (followed)
        {
            await exchange;
        }
        else
        {
            Assert.Equal(HttpStatusCode.Found, (await Assert.ThrowsAsync<ControlPlaneException>(() => exchange)).StatusCode);
        }

        Assert.Equal(6, requests.Count);
        Assert.All(requests, request => Assert.Equal($"POST Bearer {ClientHarness.Key} True", request));
    }

    [Theory]
    [InlineData("text/html", "<html>Pay here</html>", ControlPlaneError.NotAnEventStream)]
    [InlineData("text/plain", "", ControlPlaneError.NotAnEventStream)]
    public async Task A_captive_portal_is_no_stream(string type, string page, object expected)
    {
        await using LoopbackServer server = await LoopbackServer.StartAsync(context =>
        {
            context.Response.ContentType = type;
            return context.Response.WriteAsync(page);
        });
        Assert.Equal(expected, (await Assert.ThrowsAsync<ControlPlaneException>(() => server.Client.OpenEventStreamAsync())).Error);
    }

    [Fact]
    public async Task An_answer_without_an_end_is_read_to_its_bound_only()
    {
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using LoopbackServer server = await LoopbackServer.StartAsync(async context =>
        {
            context.RequestAborted.Register(aborted.SetResult);
            context.Response.ContentType = "application/json";
            byte[] blanks = Encoding.ASCII.GetBytes(new string(' ', 64 * 1024));
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(blanks);
            }
        });
        ControlPlaneException failure = await Assert.ThrowsAsync<ControlPlaneException>(
            () => server.Client.SyncAsync(ClientHarness.Request));
        Assert.Equal(ControlPlaneError.InvalidPayload, failure.Error);
        await Signal.Of(aborted.Task, "the end of the connection");
    }

    private static async Task<Frame> NextAsync(SseReader frames)
    {
        SseFrame frame;
        while (!frames.TryRead(out frame))
        {
            Assert.True(await Signal.Of(frames.WaitToReadAsync().AsTask(), "a frame"));
        }

        return Frame.Of(frame);
    }
}
