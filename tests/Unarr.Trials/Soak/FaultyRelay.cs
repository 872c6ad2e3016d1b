using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Unarr.EndToEnd.Tests.Soak;

/// <summary>A middlebox that passes bytes on, but for the fault it has at the moment.</summary>
internal sealed class FaultyRelay : IAsyncDisposable
{
    private readonly IPEndPoint _controlPlane;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentDictionary<RelayedConnection, Task> _connections = new();
    private readonly Task _accepting;
    private readonly Random _random;
    private volatile Fault _fault = Fault.None;

    public FaultyRelay(Uri controlPlane, int seed)
    {
        _controlPlane = IPEndPoint.Parse(controlPlane.Authority);
        _random = new Random(seed);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Address = new Uri($"http://{_listener.LocalEndPoint}");
        _accepting = AcceptAsync();
    }

    public Uri Address { get; }

    public Fault Fault => _fault;

    /// <summary>Somewhere in the middle of a piece.</summary>
    public int Offset(int length)
    {
        lock (_random)
        {
            return _random.Next(length);
        }
    }

    public void Begin(Fault fault)
    {
        _fault = fault;
        if (fault.Kind == FaultKind.Reset)
        {
            ResetAll();
        }
    }

    /// <summary>Bytes pass again.</summary>
    public void Heal()
    {
        Fault healed = Interlocked.Exchange(ref _fault, Fault.None);
        if (healed.Kind is FaultKind.Dead)
        {
            ResetAll();
        }

        healed.End();
    }

    public async ValueTask DisposeAsync()
    {
        Heal();
        _listener.Dispose();
        await _accepting;
        ResetAll();
        await Task.WhenAll(_connections.Values);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                RelayedConnection connection = new(await _listener.AcceptAsync(), this);
                Task relaying = RelayAsync(connection);
                _connections[connection] = relaying;
                if (relaying.IsCompleted)
                {
                    _connections.TryRemove(connection, out _);
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The relay has been disposed.
        }
    }

    private async Task RelayAsync(RelayedConnection connection)
    {
        using (connection)
        {
            await connection.RunAsync(_controlPlane);
        }

        _connections.TryRemove(connection, out _);
    }

    private void ResetAll()
    {
        foreach (RelayedConnection connection in _connections.Keys)
        {
            connection.Reset();
        }
    }
}
