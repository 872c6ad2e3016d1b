using System.IO.Pipelines;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Client;

/// <summary>Closing, cancelling, reconnecting and disposing at every moment.</summary>
public class CloseTests
{
    private static async Task AssertClosedAsync(SseClientHarness harness, Task<bool>? waiting)
    {
        if (waiting is not null)
        {
            Assert.False(await Signal.Of(waiting, "the end of the wait"));
        }

        Assert.False(harness.Client.TryRead(out _));
        Assert.False(await harness.Client.WaitToReadAsync());
        Assert.Equal(SseEndReason.Closed, harness.Client.EndReason);
        Assert.Equal(SseClientState.Closed, harness.Client.State);
        Assert.Empty(await harness.ReadAsync());
    }

    [Fact]
    public async Task Close_before_the_first_wait_makes_no_request()
    {
        await using var harness = new SseClientHarness(new ScriptedHandler());
        harness.Client.Close();
        await AssertClosedAsync(harness, null);
        Assert.Equal(0, harness.Server.Count);
    }

    [Fact]
    public async Task Close_while_a_request_is_made_ends_the_wait()
    {
        var asked = new TaskCompletionSource();
        using var http = new HttpMessageInvoker(new ScriptedHandler());
        await using var client = new SseClient(http, async (_, cancellationToken) =>
        {
            asked.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return null;
        });
        Task<bool> waiting = client.WaitToReadAsync().AsTask();
        await asked.Task;
        client.Close();
        Assert.False(await Signal.Of(waiting, "the end of the wait"));
    }

    [Fact]
    public async Task Close_while_connecting_ends_the_wait()
    {
        var asked = new TaskCompletionSource();
        await using var harness = new SseClientHarness(new ScriptedHandler(ScriptedAnswer.Nothing(asked)));
        Task<bool> waiting = harness.Client.WaitToReadAsync().AsTask();
        await asked.Task;
        Assert.Equal(SseClientState.Connecting, harness.Client.State);
        harness.Client.Close();
        await AssertClosedAsync(harness, waiting);
    }

    [Fact]
    public async Task Close_does_not_wait_for_a_handler_that_no_cancelling_reaches()
    {
        var asked = new TaskCompletionSource();
        var answer = new TaskCompletionSource<HttpResponseMessage>();
        await using var harness = new SseClientHarness(new ScriptedHandler(ScriptedAnswer.Deaf(answer.Task, asked)));
        Task<bool> waiting = harness.Client.WaitToReadAsync().AsTask();
        await asked.Task;
        harness.Client.Close();
        await AssertClosedAsync(harness, waiting);
        var disposed = new DisposedStream();
        answer.SetResult(new HttpResponseMessage
        {
            Content = new StreamContent(disposed) { Headers = { { "Content-Type", "text/event-stream" } } },
        });
        await Signal.Of(disposed.Disposed, "the disposal of the late answer");
    }

    [Fact]
    public async Task Close_while_waiting_for_the_next_attempt_ends_the_wait()
    {
        await using var harness = new SseClientHarness(new ScriptedHandler(ScriptedAnswer.Status(503)), passes: false);
        Task<bool> waiting = harness.Client.WaitToReadAsync().AsTask();
        await harness.Time.ArmedAsync(TimeSpan.FromSeconds(1));
        harness.Client.Close();
        await AssertClosedAsync(harness, waiting);
        Assert.Equal(1, harness.Server.Count);
    }

    [Fact]
    public async Task Close_while_reading_ends_the_wait()
    {
        var pipe = new Pipe();
        await using var harness = new SseClientHarness(new ScriptedHandler(ScriptedAnswer.Open(pipe)));
        Task<bool> waiting = harness.Client.WaitToReadAsync().AsTask();
        await harness.Time.ArmedAsync(TimeSpan.FromMinutes(5));
        harness.Client.Close();
        await AssertClosedAsync(harness, waiting);
    }

    [Fact]
    public async Task Close_between_frames_returns_no_further_one()
    {
        await using var harness = new SseClientHarness(
            new ScriptedHandler(ScriptedAnswer.Stream("id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\ndata: c\n\n")));
        Assert.Equal("a", await harness.NextAsync());
        Assert.Equal("b", await harness.NextAsync());
        harness.Client.Close();
        await AssertClosedAsync(harness, null);
    }

    [Fact]
    public async Task First_end_is_the_reason()
    {
        await using var harness = new SseClientHarness(
            new ScriptedHandler(ScriptedAnswer.Stream("data: [DONE]\n\n")), new SseClientOptions { EndMarker = "[DONE]" });
        await harness.ReadAsync();
        harness.Client.Close();
        await harness.Client.DisposeAsync();
        Assert.Equal(SseEndReason.Marker, harness.Client.EndReason);
    }

    [Fact]
    public async Task Cancelled_wait_leaves_its_attempt_running_and_the_next_takes_it_up()
    {
        var pipe = new Pipe();
        var answer = new TaskCompletionSource<HttpResponseMessage>();
        var asked = new TaskCompletionSource();
        await using var harness = new SseClientHarness(new ScriptedHandler(ScriptedAnswer.Deaf(answer.Task, asked)));
        for (int wait = 0; wait < 3; wait++)
        {
            using var cancellation = new CancellationTokenSource();
            Task<bool> waiting = harness.Client.WaitToReadAsync(cancellation.Token).AsTask();
            await asked.Task;
            await cancellation.CancelAsync();
            OperationCanceledException cancelled = await Assert.ThrowsAsync<OperationCanceledException>(() => waiting);
            Assert.Equal(cancellation.Token, cancelled.CancellationToken);
            Assert.False(harness.Client.TryRead(out _));
        }

        Task<string> next = harness.NextAsync();
        answer.SetResult(new HttpResponseMessage
        {
            Content = new StreamContent(pipe.Reader.AsStream()) { Headers = { { "Content-Type", "text/event-stream" } } },
        });
        await harness.Time.ArmedAsync(TimeSpan.FromMinutes(5));
        await pipe.Writer.WriteAsync("data: a\n\n"u8.ToArray());
        Assert.Equal("a", await next);
        Assert.Equal(1, harness.Server.Count);
    }

    [Fact]
    public async Task Cancelled_read_loses_nothing()
    {
        var pipe = new Pipe();
        await using var harness = new SseClientHarness(new ScriptedHandler(ScriptedAnswer.Open(pipe)));
        using var cancellation = new CancellationTokenSource();
        Task<bool> waiting = harness.Client.WaitToReadAsync(cancellation.Token).AsTask();
        await harness.Time.ArmedAsync(TimeSpan.FromMinutes(5));
        await cancellation.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => waiting);
        await pipe.Writer.WriteAsync("data: a\n\ndata: b\n\n"u8.ToArray());
        Assert.Equal("a", await harness.NextAsync());
        Assert.Equal("b", await harness.NextAsync());
        Assert.Equal(1, harness.Server.Count);
    }

    [Fact]
    public async Task Token_that_is_cancelled_already_begins_nothing()
    {
        await using var harness = new SseClientHarness(new ScriptedHandler());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await harness.Client.WaitToReadAsync(new CancellationToken(canceled: true)));
        Assert.Equal(0, harness.Server.Count);
        Assert.Equal(SseClientState.Idle, harness.Client.State);
    }

    [Fact]
    public async Task Second_wait_at_the_same_time_is_refused()
    {
        await using var harness = new SseClientHarness(new ScriptedHandler(ScriptedAnswer.Nothing()));
        Task<bool> waiting = harness.Client.WaitToReadAsync().AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await harness.Client.WaitToReadAsync());
        harness.Client.Close();
        Assert.False(await waiting);
    }

    [Fact]
    public async Task Dispose_ends_the_wait_and_aborts_the_attempt()
    {
        var asked = new TaskCompletionSource();
        var aborted = new TaskCompletionSource();
        var harness = new SseClientHarness(new ScriptedHandler(ScriptedAnswer.Of(async (_, cancellationToken) =>
        {
            asked.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            aborted.SetResult();
            cancellationToken.ThrowIfCancellationRequested();
            return null!;
        })));
        Task<bool> waiting = harness.Client.WaitToReadAsync().AsTask();
        await asked.Task;
        await harness.Client.DisposeAsync();
        await harness.Client.DisposeAsync();
        Assert.False(await waiting);
        await Signal.Of(aborted.Task, "the abort");
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await harness.Client.WaitToReadAsync());
        Assert.Throws<ObjectDisposedException>(() => harness.Client.TryRead(out _));
        Assert.Equal(0, harness.Time.LiveTimers);
    }

    [Fact]
    public async Task Reconnect_drops_the_connection_and_goes_on_without_delay()
    {
        var pipe = new Pipe();
        await using var harness = new SseClientHarness(
            new ScriptedHandler(ScriptedAnswer.Open(pipe), ScriptedAnswer.Stream("data: c\n\n")));
        await pipe.Writer.WriteAsync("id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\ndata: cut"u8.ToArray());
        Assert.Equal("a", await harness.NextAsync());
        harness.Client.Reconnect();
        Assert.Equal("b", await harness.NextAsync());
        Assert.Equal("c", await harness.NextAsync());
        Assert.Equal("2", harness.Server[1].Header("Last-Event-ID"));
        Assert.Empty(harness.Delays);
        Assert.Null(harness.Attempts[1].Failure);
    }

    [Fact]
    public async Task Reconnect_ends_the_wait_for_the_next_attempt()
    {
        await using var harness = new SseClientHarness(
            new ScriptedHandler(ScriptedAnswer.Status(503), ScriptedAnswer.Stream("data: a\n\n")), passes: false);
        Task<string> next = harness.NextAsync();
        await harness.Time.ArmedAsync(TimeSpan.FromSeconds(1));
        harness.Client.Reconnect();
        Assert.Equal("a", await next);
    }

    [Fact]
    public async Task Reconnect_ends_a_wait_that_was_decided_and_has_not_begun()
    {
        await using var harness = new SseClientHarness(
            new ScriptedHandler(ScriptedAnswer.Status(503), ScriptedAnswer.Stream("data: a\n\n"), ScriptedAnswer.Stream("data: b\n\n")),
            passes: false);
        harness.OnWait = harness.Client.Reconnect;
        Assert.Equal("a", await harness.NextAsync());

        // The next wait is one of its own.
        harness.OnWait = null;
        Task<string> next = harness.NextAsync();
        await harness.Time.ArmedAsync(TimeSpan.FromSeconds(0.75));
        Assert.False(next.IsCompleted);
        harness.Client.Reconnect();
        Assert.Equal("b", await next);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task Reconnect_while_the_next_request_is_made_has_it_made_anew(int status)
    {
        SseClientHarness? made = null;
        int calls = 0;
        await using var harness = made = new SseClientHarness(
            new ScriptedHandler(ScriptedAnswer.Status(status), ScriptedAnswer.Stream("data: a\n\n")),
            new SseClientOptions { CloseAtEnd = true },
            _ =>
            {
                if (++calls == 2)
                {
                    made!.Client.Reconnect();
                }

                return SseClientHarness.Post();
            });
        Assert.Equal(["a"], await harness.ReadAsync());
        Assert.Equal(3, calls);
        Assert.Equal(2, harness.Server.Count);
        Assert.Equal([1, 2, 2], harness.Attempts.Select(attempt => attempt.Number));
    }

    [Fact]
    public async Task Reconnect_while_connecting_makes_another_attempt()
    {
        var asked = new TaskCompletionSource();
        await using var harness = new SseClientHarness(
            new ScriptedHandler(ScriptedAnswer.Nothing(asked), ScriptedAnswer.Stream("data: a\n\n")));
        Task<string> next = harness.NextAsync();
        await asked.Task;
        harness.Client.Reconnect();
        Assert.Equal("a", await next);
        Assert.False(harness.Server.WasConcurrent);
    }

    [Fact]
    public async Task Reconnect_does_not_send_what_may_not_be_sent_again()
    {
        var pipe = new Pipe();
        await using var harness = new SseClientHarness(
            new ScriptedHandler(ScriptedAnswer.Open(pipe)), create: _ => SseClientHarness.Post());
        await pipe.Writer.WriteAsync("data: a\n\n"u8.ToArray());
        Assert.Equal("a", await harness.NextAsync());
        harness.Client.Reconnect();
        Assert.Equal("", await harness.NextAsync());
        Assert.Equal(SseEndReason.EndOfStream, harness.Client.EndReason);
        Assert.Equal(1, harness.Server.Count);
    }

    [Fact]
    public async Task Reconnect_before_the_first_wait_and_after_the_end_does_nothing()
    {
        await using var harness = new SseClientHarness(new ScriptedHandler());
        harness.Client.Reconnect();
        Assert.Equal(SseClientState.Idle, harness.Client.State);
        await harness.ReadAsync();
        harness.Client.Reconnect();
        Assert.Equal(1, harness.Server.Count);
    }

    [Fact]
    public async Task Client_is_open_before_the_first_event()
    {
        var pipe = new Pipe();
        await using var harness = new SseClientHarness(new ScriptedHandler(ScriptedAnswer.Open(pipe)));
        Task<bool> waiting = harness.Client.WaitToReadAsync().AsTask();
        await harness.Time.ArmedAsync(TimeSpan.FromMinutes(5));
        Assert.Equal(SseClientState.Open, harness.Client.State);
        Assert.NotNull(harness.Client.ResponseHeaders);
        Assert.False(waiting.IsCompleted);
    }

    [Fact]
    public async Task Caller_can_leave_a_stream_that_ends_at_once_for_ever()
    {
        await using var harness = new SseClientHarness(
            new ScriptedHandler(ScriptedAnswer.Stream("retry: 0\n\n")) { Repeats = true }, new SseClientOptions { Strict = true });
        int frames = 0;
        while (frames < 100 && await harness.Client.WaitToReadAsync())
        {
            while (harness.Client.TryRead(out _))
            {
                frames++;
            }
        }

        harness.Client.Close();
        Assert.False(await harness.Client.WaitToReadAsync());
    }

    private sealed class DisposedStream : Unarr.Pipelines.Testing.ReadStream
    {
        private readonly TaskCompletionSource _disposed = new();

        public Task Disposed => _disposed.Task;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(0);

        protected override void Dispose(bool disposing)
        {
            _disposed.TrySetResult();
            base.Dispose(disposing);
        }
    }
}
