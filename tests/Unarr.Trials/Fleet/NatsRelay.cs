using System.Net;
using System.Net.Sockets;

namespace Unarr.EndToEnd.Tests.Fleet;

/// <summary>The path from one node to one NATS server. It can be cut: nothing passes then, and nothing is closed.</summary>
internal sealed class NatsRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly List<TcpClient> _open = [];
    private readonly int _server;
    private readonly Task _accepting;
    private volatile TaskCompletionSource _passes = Passing();
    private volatile bool _isUpCut;
    private volatile bool _isDownCut;

    public NatsRelay(int server)
    {
        _server = server;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Lets nothing pass to the server, or from it, or either.</summary>
    public void Cut(bool up, bool down)
    {
        (_isUpCut, _isDownCut) = (up, down);
        _passes = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Lets everything pass; what was open is closed, as after a long cut.</summary>
    public void Heal()
    {
        (_isUpCut, _isDownCut) = (false, false);
        lock (_gate)
        {
            _open.ForEach(client => client.Dispose());
            _open.Clear();
        }

        _passes.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        Heal();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private static TaskCompletionSource Passing()
    {
        TaskCompletionSource passing = new();
        passing.SetResult();
        return passing;
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
            _ = RelayAsync(client);
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using TcpClient server = new();
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _server, _stop.Token);
            lock (_gate)
            {
                _open.Add(client);
                _open.Add(server);
            }

            await Task.WhenAny(
                PassAsync(client.GetStream(), server.GetStream(), () => _isUpCut),
                PassAsync(server.GetStream(), client.GetStream(), () => _isDownCut));
        }
        catch (Exception exception) when (
            exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The server is not there: the node sees its connection end.
            Assert.NotNull(exception);
        }

        client.Dispose();
    }

    private async Task PassAsync(NetworkStream from, NetworkStream to, Func<bool> isCut)
    {
        byte[] buffer = new byte[64 * 1024];
        while (await from.ReadAsync(buffer, _stop.Token) is > 0 and int read)
        {
            while (isCut())
            {
                await _passes.Task.WaitAsync(_stop.Token);
            }

            await to.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
        }
    }
}
