using System.Diagnostics;
using System.Threading.Tasks.Sources;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Tests.Http;
using Unarr.Pipelines.Tests.Sse;
using Xunit;

namespace Unarr.Pipelines.Tests.Client;

/// <summary>Nothing is left of a connection, and steady reading allocates nothing.</summary>
[Collection(nameof(ClientLeakTests))]
[CollectionDefinition(nameof(ClientLeakTests), DisableParallelization = true)]
public class ClientLeakTests
{
    private static readonly SseClientOptions Quick = new() { ReconnectDelay = TimeSpan.Zero, Replay = SseReplay.Always };

    private static long Memory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    [Fact]
    public async Task Memory_after_100_000_reconnects_is_as_after_the_first_thousand()
    {
        byte[] text = "data: a\n\n"u8.ToArray();
        using var http = new HttpMessageInvoker(new StreamHandler(() => new MemoryStream(text)));
        await using var client = new SseClient(http, SseClientHarness.Address, Quick, new ObservedTime());
        long early = 0;
        long allocated = 0;
        int events = 0;
        while (events < 100_000 && await client.WaitToReadAsync())
        {
            while (client.TryRead(out _))
            {
                events++;
            }

            if (events == 1_000 && early == 0)
            {
                early = Memory();
                allocated = GC.GetTotalAllocatedBytes(precise: true);
            }
        }

        double each = (GC.GetTotalAllocatedBytes(precise: true) - allocated) / 99_000.0;
        Assert.InRange(Memory() - early, long.MinValue, 300_000);
        // What one attempt costs, with the request, the answer and the body of the test.
        Assert.InRange(each, 0, 12_000);
    }

    [Fact]
    public async Task One_wait_over_many_empty_streams_does_not_grow()
    {
        using var http = new HttpMessageInvoker(new StreamHandler(() => new MemoryStream(), 20_000));
        await using var client = new SseClient(
            http, SseClientHarness.Address, new SseClientOptions { Strict = true, ReconnectDelay = TimeSpan.Zero }, new ObservedTime());
        long before = Memory();
        Assert.False(await client.WaitToReadAsync());
        Assert.InRange(Memory() - before, long.MinValue, 300_000);
    }

    [Fact]
    public async Task Two_thousand_real_reconnects_leave_no_socket_and_no_thread()
    {
        await using EventServer server = await EventServer.StartAsync((context, number) =>
        {
            // Every other one leaves its connection to the next, or ends it.
            context.Response.Headers.Connection = number % 2 == 0 ? "close" : default(Microsoft.Extensions.Primitives.StringValues);
            return EventServer.SendAsync(context, "data: a\n\n");
        });
        await using var client = new SseClient(server.Url, Quick);
        int events = 0;
        int early = 0;
        while (events < 2_000 && await client.WaitToReadAsync())
        {
            while (client.TryRead(out SseFrame frame))
            {
                events += frame.Kind == SseFrameKind.Event ? 1 : 0;
            }

            if (events == 200 && early == 0)
            {
                early = Descriptors();
            }
        }

        Assert.InRange(Descriptors(), 0, early + 10);
    }

    [Fact]
    public async Task Steady_reading_allocates_nothing_per_event()
    {
        const string Events = "id: 1234567\ndata: {\"a\":1}\n\nevent: x\ndata: y\n\n";
        byte[] piece = System.Text.Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(Events, 100)));
        using var http = new HttpMessageInvoker(new StreamHandler(() => new RepeatedStream(piece, 1_000)));
        await using var client = new SseClient(http, SseClientHarness.Address, new SseClientOptions { CloseAtEnd = true });
        int events = 0;
        long before = 0;
        while (events < 200_000 && await client.WaitToReadAsync())
        {
            while (client.TryRead(out _))
            {
                events++;
                before = events == 10_000 ? GC.GetAllocatedBytesForCurrentThread() : before;
                if (events == 190_000)
                {
                    Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000);
                }
            }
        }

        Assert.True(events >= 190_000, $"{events} events");
    }

    [SkippableFact]
    public async Task Reads_that_wait_allocate_nothing_per_event()
    {
        OptimizedBuild.IsNeeded();
        var stream = new SignalledStream();
        using var http = new HttpMessageInvoker(new StreamHandler(() => stream));
        using var cancellation = new CancellationTokenSource();
        await using var client = new SseClient(http, SseClientHarness.Address);
        ValueTask<bool> opening = client.WaitToReadAsync(cancellation.Token);
        stream.Push(": hello\n\n"u8.ToArray());
        Assert.True(await opening);
        while (client.TryRead(out _))
        {
        }

        byte[][] pieces =
            [.. Enumerable.Range(0, 10).Select(id => System.Text.Encoding.ASCII.GetBytes($"id: {id}\ndata: {id}\n\n: hb\n\n"))];
        long before = 0;
        for (int round = 0; round < 20_000; round++)
        {
            ValueTask<bool> waiting = client.WaitToReadAsync(cancellation.Token);
            Assert.False(waiting.IsCompleted);
            stream.Push(pieces[round % pieces.Length]);
            Assert.True(waiting.IsCompleted);
            Assert.True(await waiting);
            while (client.TryRead(out _))
            {
            }

            before = round == 10_000 ? GC.GetAllocatedBytesForCurrentThread() : before;
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000);
    }

    [Fact]
    public async Task Idle_client_holds_no_buffer_and_one_timer()
    {
        var stream = new PushedStream();
        var time = new ObservedTime();
        using var http = new HttpMessageInvoker(new StreamHandler(() => stream));
        await using var client = new SseClient(http, SseClientHarness.Address, null, time);
        Task<bool> waiting = client.WaitToReadAsync().AsTask();
        stream.Push("data: a\n\n"u8.ToArray());
        Assert.True(await waiting);
        Assert.True(client.TryRead(out _));
        Assert.False(client.TryRead(out _));
        waiting = client.WaitToReadAsync().AsTask();
        Assert.Equal(0, client.HeldBytes);
        Assert.Equal(1, time.LiveTimers);
        client.Close();
        Assert.False(await waiting);
    }

    private static int Descriptors()
    {
        using var self = Process.GetCurrentProcess();
        return self.HandleCount;
    }

    /// <summary>A stream whose waiting read is ended by the test, on the test's thread and without garbage.</summary>
    private sealed class SignalledStream : Unarr.Pipelines.Testing.ReadStream, IValueTaskSource<int>
    {
        private ManualResetValueTaskSourceCore<int> _core;
        private byte[] _bytes = [];

        public void Push(byte[] bytes)
        {
            _bytes = bytes;
            _core.SetResult(0);
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_bytes.Length == 0)
            {
                _core.Reset();
                return new ValueTask<int>(this, _core.Version);
            }

            if (buffer.IsEmpty)
            {
                return new ValueTask<int>(0);
            }

            int length = _bytes.Length;
            _bytes.CopyTo(buffer);
            _bytes = [];
            return new ValueTask<int>(length);
        }

        public int GetResult(short token) => _core.GetResult(token);

        public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

        public void OnCompleted(
            Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _core.OnCompleted(continuation, state, token, flags);
    }

    private sealed class StreamHandler(Func<Stream> body, int most = int.MaxValue) : HttpMessageHandler
    {
        private int _count;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(_count++ == most
                ? new HttpResponseMessage(System.Net.HttpStatusCode.NoContent)
                : new HttpResponseMessage
                {
                    Content = new StreamContent(body()) { Headers = { { "Content-Type", "text/event-stream" } } },
                });
    }
}
