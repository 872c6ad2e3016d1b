using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;

namespace Unarr.EndToEnd.Tests.Fleet;

/// <summary>The path from one node to one NATS server, which counts messages, may change them, and ends for good after one.</summary>
/// <remarks>What the node does by itself from time to time does not count: heartbeats, its report, and the questions about the bucket.
/// </remarks>
internal sealed class ScriptedRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly HashSet<string> _uncounted = [];
    private readonly int _server;
    private readonly string _prefix;
    private readonly Task _accepting;
    private int _count = int.MinValue;
    private int _last = int.MaxValue;

    public ScriptedRelay(int server, string prefix)
    {
        (_server, _prefix) = (server, prefix);
        _listener.Start();
        Url = string.Create(
            System.Globalization.CultureInfo.InvariantCulture, $"nats://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _accepting = AcceptAsync();
    }

    public string Url { get; }

    /// <summary>Changes what passes; <see langword="null"/> lets it not pass.</summary>
    public Func<NatsFrame, NatsFrame?> Script { get; set; } = static frame => frame;

    /// <summary>The messages that were counted.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _count;
            }
        }
    }

    public bool IsDead => _stop.IsCancellationRequested;

    /// <summary>Counts from now on, and ends for good after so many messages, in either direction.</summary>
    public void DieAfter(int messages)
    {
        lock (_gate)
        {
            (_count, _last) = (0, messages);
        }

        if (messages == 0)
        {
            Die();
        }
    }

    public void Die()
    {
        _stop.Cancel();
        _listener.Stop();
    }

    public async ValueTask DisposeAsync()
    {
        Die();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            _ = RelayAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
        }
    }

    private async Task RelayAsync(TcpClient node)
    {
        using TcpClient server = new();
        using (node)
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _server, _stop.Token);
                await Task.WhenAny(PassAsync(node.GetStream(), server.GetStream()), PassAsync(server.GetStream(), node.GetStream()));
            }
            catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
            {
                Assert.NotNull(exception);
            }
        }
    }

    private async Task PassAsync(NetworkStream from, NetworkStream to)
    {
        PipeReader reader = PipeReader.Create(from);
        while (await NatsFrame.ReadAsync(reader, _stop.Token) is { } frame)
        {
            int place = PlaceOf(frame);
            if (place > _last)
            {
                return;
            }

            if (Script(frame) is { } passed)
            {
                await to.WriteAsync((byte[])[.. passed.Line, .. passed.Payload], _stop.Token);
            }

            if (place == _last)
            {
                Die();
            }
        }
    }

    /// <returns>Which of the messages it is; 0 where it does not count.</returns>
    private int PlaceOf(NatsFrame frame)
    {
        lock (_gate)
        {
            bool counts = frame.IsMessage && !_uncounted.Remove(frame.Subject) && !IsByItself(frame);
            if (frame.IsMessage && !counts && frame.ReplyTo.Length > 0)
            {
                _uncounted.Add(frame.ReplyTo);
            }

            return !counts || _count == int.MinValue ? 0 : ++_count;
        }
    }

    private bool IsByItself(NatsFrame frame) => frame.Subject.StartsWith("$JS.API.STREAM.INFO.", StringComparison.Ordinal)
        || frame.Subject.StartsWith("$JS.FC.", StringComparison.Ordinal)
        || frame.Subject.StartsWith($"$KV.{_prefix}_nodes.", StringComparison.Ordinal)
        || frame.Subject.StartsWith($"$KV.{_prefix}_known.", StringComparison.Ordinal)
        || (frame.Verb == "HMSG" && frame.Payload.AsSpan().StartsWith("NATS/1.0 100"u8));
}
