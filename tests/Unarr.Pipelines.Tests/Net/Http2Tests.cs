using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Net;

/// <summary>The library's handler over HTTP/2 and TLS, against a real server.</summary>
public sealed class Http2Tests
{
    private readonly Channel<string> _requests = Channel.CreateUnbounded<string>();

    [Fact]
    public async Task Connection_that_dies_in_silence_ends_its_stream_and_its_poll_and_the_next_ones_take_another()
    {
        await using TlsServer server = await TlsServer.StartAsync(AnswerAsync);
        await using var relay = new FreezingRelay(server.Port);
        using SocketsHttpHandler handler = Handler(server);
        ControlPlaneClient client = Client(handler, relay.Port);
        EventStream stream = await client.OpenEventStreamAsync();
        Task reading = ReadToEndAsync(stream);
        Task<WakeResponse> polling = client.WaitForWakeAsync();
        await NextAsync("events");
        await NextAsync("wake");
        await relay.FreezeAsync();

        ControlPlaneException failure = await Assert.ThrowsAsync<ControlPlaneException>(() => Signal.Of(polling, "the poll's end"));
        Assert.True(failure.IsTransient);
        await Assert.ThrowsAnyAsync<IOException>(() => Signal.Of(reading, "the stream's end"));
        await stream.DisposeAsync();
        Assert.Equal(1, relay.Connections);
        await (await Signal.Of(client.OpenEventStreamAsync(), "the next stream")).DisposeAsync();
        Assert.Equal(2, relay.Connections);
    }

    [Fact]
    public async Task Connection_that_dies_in_silence_while_it_is_idle_is_closed_before_it_is_needed()
    {
        await using TlsServer server = await TlsServer.StartAsync(AnswerAsync);
        await using var relay = new FreezingRelay(server.Port);
        var closed = new TaskCompletionSource();
        using SocketsHttpHandler handler = Handler(server);
        handler.PlaintextStreamFilter = (context, _) => ValueTask.FromResult<Stream>(new ClosingStream(context.PlaintextStream, closed));
        ControlPlaneClient client = Client(handler, relay.Port);
        await client.SyncAsync(ClientHarness.Request);

        await relay.FreezeAsync();
        await Signal.Of(closed.Task, "the connection's end");

        await Signal.Of(client.SyncAsync(ClientHarness.Request), "the next sync");
    }

    [Fact]
    public async Task Sync_goes_through_beside_a_held_poll_where_the_server_allows_one_request_a_connection()
    {
        await using TlsServer server = await TlsServer.StartAsync(AnswerAsync, kestrel => kestrel.Limits.Http2.MaxStreamsPerConnection = 1);
        await using var relay = new FreezingRelay(server.Port);
        using SocketsHttpHandler handler = Handler(server);
        ControlPlaneClient client = Client(handler, relay.Port);
        using var end = new CancellationTokenSource();
        Task<WakeResponse> polling = client.WaitForWakeAsync(end.Token);
        await NextAsync("wake");

        await Signal.Of(client.SyncAsync(ClientHarness.Request), "the sync's answer");

        Assert.Equal(2, relay.Connections);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => polling);
    }

    private static SocketsHttpHandler Handler(TlsServer server) => server.Trusted(
        new ControlPlaneHandler { PingDelay = TimeSpan.FromSeconds(1), PingTimeout = TimeSpan.FromSeconds(1) }.Create());

    private static ControlPlaneClient Client(SocketsHttpHandler handler, int port) => new(
        new HttpClient(handler, disposeHandler: false)
        {
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        },
        new MirrorPool([$"https://127.0.0.1:{port}"]),
        new ControlPlaneClientOptions { ApiKey = _ => ValueTask.FromResult(ClientHarness.Key) });

    private static async Task ReadToEndAsync(EventStream stream)
    {
        while (await stream.Frames.WaitToReadAsync())
        {
            while (stream.Frames.TryRead(out _))
            {
            }
        }
    }

    private async Task NextAsync(string endpoint) =>
        Assert.Equal(endpoint, await Signal.Of(_requests.Reader.ReadAsync().AsTask(), $"a request for {endpoint}"));

    private async Task AnswerAsync(HttpContext context)
    {
        string endpoint = context.Request.Path.Value!.Split('/')[^1];
        _requests.Writer.TryWrite(endpoint);
        if (endpoint == "sync")
        {
            await context.Response.WriteAsync("{}", context.RequestAborted);
            return;
        }

        if (endpoint == "events")
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(": connected\n\n", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }

        var gone = new TaskCompletionSource();
        await using CancellationTokenRegistration registration = context.RequestAborted.Register(gone.SetResult);
        await gone.Task;
    }

    /// <summary>Tells when a connection is closed.</summary>
    private sealed class ClosingStream(Stream inner, TaskCompletionSource closed) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => inner.Length;

        public override long Position
        {
            get => inner.Position;
            set => inner.Position = value;
        }

        public override void Flush() => inner.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer, cancellationToken);

        public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

        public override void SetLength(long value) => inner.SetLength(value);

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.WriteAsync(buffer, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            closed.TrySetResult();
            base.Dispose(disposing);
        }
    }
}
