using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Unarr.EndToEnd.Tests.Middleboxes;

/// <summary>A middlebox that can forget the connections that are open: nothing passes on them any more, and neither side is told.</summary>
internal sealed class HoldingRelay : IDisposable
{
    private readonly int _server;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<TcpClient> _sides = [];
    private readonly CancellationTokenSource _end = new();
    private volatile int _held;
    private int _accepted;

    public HoldingRelay(int server)
    {
        _server = server;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Forgets what is open; new connections pass.</summary>
    public void HoldWhatIsOpen() => _held = Volatile.Read(ref _accepted);

    public void Dispose()
    {
        _end.Cancel();
        _listener.Stop();
        foreach (TcpClient side in _sides)
        {
            side.Dispose();
        }

        _listener.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_end.Token);
                int number = Interlocked.Increment(ref _accepted);
                TcpClient server = new();
                _sides.Add(client);
                _sides.Add(server);
                await server.ConnectAsync(IPAddress.Loopback, _server, _end.Token);
                _ = PassAsync(client, server, number);
                _ = PassAsync(server, client, number);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The relay has been disposed.
        }
    }

    private async Task PassAsync(TcpClient from, TcpClient to, int number)
    {
        byte[] piece = new byte[4096];
        try
        {
            int length;
            while ((length = await from.GetStream().ReadAsync(piece, _end.Token)) > 0)
            {
                if (number > _held)
                {
                    await to.GetStream().WriteAsync(piece.AsMemory(0, length), _end.Token);
                }
            }

            if (number > _held)
            {
                to.Client.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or SocketException
            or ObjectDisposedException)
        {
            // Either side has gone.
        }
    }
}
