using System.Net;
using System.Net.Sockets;

namespace Unarr.Pipelines.Tests.Net;

/// <summary>A relay whose connections can die without a sign: no end, no reset, nothing. Those that come later live.</summary>
internal sealed class FreezingRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly int _target;
    private readonly Task _serving;
    private CancellationTokenSource _freeze = new();
    private int _connections;

    public FreezingRelay(int target)
    {
        _target = target;
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Lets every connection of now die.</summary>
    public async Task FreezeAsync()
    {
        CancellationTokenSource freeze = Interlocked.Exchange(ref _freeze, new CancellationTokenSource());
        await freeze.CancelAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _listener.Dispose();
        _stop.Dispose();
        _freeze.Dispose();
    }

    private async Task ServeAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(RelayAsync(await _listener.AcceptSocketAsync(_stop.Token), _freeze.Token));
                Interlocked.Increment(ref _connections);
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task RelayAsync(Socket socket, CancellationToken freeze)
    {
        using var server = new TcpClient();
        using var client = new NetworkStream(socket, ownsSocket: true);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(freeze, _stop.Token);
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _target, either.Token);
            await Task.WhenAny(client.CopyToAsync(server.GetStream(), either.Token), server.GetStream().CopyToAsync(client, either.Token));
            if (freeze.IsCancellationRequested)
            {
                await Task.Delay(Timeout.Infinite, _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }
}
