using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Unarr.EndToEnd.Tests.Hostile;

/// <summary>Passes everything on, but for one request to an endpoint: that one ends at an offset, and its connection with it,
/// on both sides.</summary>
internal sealed class RequestCuttingRelay : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource<int> _length = new();
    private readonly IPEndPoint _controlPlane;
    private readonly byte[] _path;
    private readonly byte[] _text;
    private readonly int _offset;
    private readonly Cut _cut;
    private readonly Task _accepting;
    private int _isOver;

    /// <param name="controlPlane">Where everything goes.</param>
    /// <param name="endpoint">Where the one request goes.</param>
    /// <param name="text">What is in it: the first such request is the one.</param>
    /// <param name="offset">How much of it passes.</param>
    /// <param name="cut">How its connection ends.</param>
    public RequestCuttingRelay(Uri controlPlane, string endpoint, string text, int offset, Cut cut)
    {
        _controlPlane = IPEndPoint.Parse(controlPlane.Authority);
        _path = Encoding.ASCII.GetBytes($"/agent/{endpoint} ");
        _text = Encoding.ASCII.GetBytes(text);
        _offset = offset;
        _cut = cut;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Address = new Uri($"http://{_listener.LocalEndPoint}");
        _accepting = AcceptAsync();
    }

    public Uri Address { get; }

    /// <summary>How much of the request has passed before its answer or its cut.</summary>
    public Task<int> Length => _length.Task;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> relayed = [];
        try
        {
            while (true)
            {
                relayed.Add(RelayAsync(await _listener.AcceptAsync(_end.Token)));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            // The relay has been disposed.
        }

        await Task.WhenAll(relayed);
    }

    private async Task RelayAsync(Socket agent)
    {
        using Socket upstream = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        using (agent)
        {
            // How much of the request has passed; -1 while it is not this connection's.
            int passed = -1;
            try
            {
                await upstream.ConnectAsync(_controlPlane, end.Token);
                await Task.WhenAll(PassAsync(agent, RequestAsync, end), PassAsync(upstream, AnswerAsync, end));
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException)
            {
                // Either side has gone, or the request was cut.
            }

            async Task<bool> RequestAsync(ReadOnlyMemory<byte> piece)
            {
                // The client sends a small request in one piece.
                if (passed < 0 && piece.Span.IndexOf(_path) >= 0 && piece.Span.IndexOf(_text) >= 0 && Interlocked.Exchange(
                    ref _isOver, 1) == 0)
                {
                    passed = 0;
                }

                bool isCut = passed >= 0 && passed + piece.Length > _offset;
                ReadOnlyMemory<byte> rest = isCut ? piece[..(_offset - passed)] : piece;
                passed += passed < 0 ? 0 : rest.Length;
                await upstream.SendAsync(rest, end.Token);
                if (isCut)
                {
                    agent.LingerState = upstream.LingerState = new LingerOption(_cut == Cut.Reset, 0);
                    _length.TrySetResult(passed);
                }

                return !isCut;
            }

            async Task<bool> AnswerAsync(ReadOnlyMemory<byte> piece)
            {
                if (passed >= 0)
                {
                    _length.TrySetResult(passed);
                }

                await agent.SendAsync(piece, end.Token);
                return true;
            }
        }
    }

    private static async Task PassAsync(Socket from, Func<ReadOnlyMemory<byte>, Task<bool>> pass, CancellationTokenSource end)
    {
        byte[] buffer = new byte[4096];
        try
        {
            int read;
            do
            {
                read = await from.ReceiveAsync(buffer, end.Token);
            }
            while (read > 0 && await pass(buffer.AsMemory(0, read)));
        }
        finally
        {
            await end.CancelAsync();
        }
    }
}
