using System.IO.Pipelines;
using System.Net;
using Unarr.Agents.Downlink;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Tests.Client;
using Unarr.Pipelines.Tests.Downlink;
using Unarr.Pipelines.Tests.Http;
using Unarr.Pipelines.Tests.Sse;
using Xunit;

namespace Unarr.Pipelines.Tests;

/// <summary>A caller whose thread has a context (a window, a game loop) may wait for a call on that thread: what waits inside of the call
/// never comes back to it.</summary>
public sealed class CallersContextTests
{
    private readonly CallingContext _context = new();

    [Fact]
    public async Task Reader_waits_for_bytes_without_it()
    {
        PushedStream stream = new();
        await using SseReader reader = new(stream);
        Task<bool> reading = _context.Call(() => reader.WaitToReadAsync().AsTask());
        stream.Push("data: a\n\n"u8.ToArray());
        Assert.True(await Signal.Of(reading, "the event"));
        Assert.Equal(0, _context.Posts);
    }

    [Fact]
    public async Task Reader_of_a_pipe_waits_for_bytes_without_it()
    {
        Pipe pipe = new(new PipeOptions(useSynchronizationContext: false));
        await using SseReader reader = new(pipe.Reader);
        Task<bool> reading = _context.Call(() => reader.WaitToReadAsync().AsTask());
        await pipe.Writer.WriteAsync("data: a\n\n"u8.ToArray());
        Assert.True(await Signal.Of(reading, "the event"));
        Assert.Equal(0, _context.Posts);
    }

    [Fact]
    public async Task Reader_of_a_refusal_reads_its_body_without_it()
    {
        Pipe body = new(new PipeOptions(useSynchronizationContext: false));
        using HttpResponseMessage refusal = new(HttpStatusCode.BadRequest) { Content = new StreamContent(body.Reader.AsStream()) };
        Task<SseReader> opening = _context.Call(() => SseReader.FromResponseAsync(refusal).AsTask());
        await body.Writer.WriteAsync("no"u8.ToArray());
        await body.Writer.CompleteAsync();
        await Assert.ThrowsAsync<SseException>(() => Signal.Of(opening, "the failure"));
        Assert.Equal(0, _context.Posts);
    }

    [Fact]
    public async Task Client_connects_and_waits_and_closes_without_it()
    {
        Pipe pipe = new(new PipeOptions(useSynchronizationContext: false));
        TaskCompletionSource<HttpResponseMessage> answer = new();
        using HttpMessageInvoker http = new(new WaitingHandler(answer.Task));
        await using SseClient client = new(http, SseClientHarness.Address);
        Task<bool> reading = _context.Call(() => client.WaitToReadAsync().AsTask());
        HttpResponseMessage response = new() { Content = new StreamContent(pipe.Reader.AsStream()) };
        response.Content.Headers.ContentType = new("text/event-stream");
        answer.SetResult(response);
        await pipe.Writer.WriteAsync("data: a\n\n"u8.ToArray());
        Assert.True(await Signal.Of(reading, "the event"));
        Assert.True(client.TryRead(out _));

        reading = _context.Call(() => client.WaitToReadAsync().AsTask());
        await pipe.Writer.WriteAsync("data: b\n\n"u8.ToArray());
        Assert.True(await Signal.Of(reading, "the next event"));
        await Signal.Of(_context.Call(() => client.DisposeAsync().AsTask()), "the client's end");
        Assert.Equal(0, _context.Posts);
    }

    [Fact]
    public async Task Downlink_runs_without_it()
    {
        await using DownlinkHarness harness = new();
        _ = _context.Call(() =>
        {
            harness.Start();
            return harness.Running;
        });
        ScriptedRequest events = await harness.Server.EventsAsync();
        await harness.AnswerSyncAsync(SyncReason.Start);
        PipeWriter stream = events.Stream();
        await DownlinkHarness.SendAsync(stream, ": connected hb=15000\n" + DownlinkHarness.Command("t1"));
        Assert.Equal("t1", (await harness.Handler.ControlAsync()).TaskId);
        await harness.DisposeAsync();
        Assert.Equal(0, _context.Posts);
    }

    private sealed class WaitingHandler(Task<HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => answer;
    }
}
