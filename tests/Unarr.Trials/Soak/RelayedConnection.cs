using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace Unarr.EndToEnd.Tests.Soak;

/// <summary>One connection through a <see cref="FaultyRelay"/>: when either side has ended, so does the other.</summary>
internal sealed class RelayedConnection(Socket agent, FaultyRelay relay) : IDisposable
{
    private const int PieceBytes = 4096;

    private readonly Socket _upstream = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _end = new();

    public async Task RunAsync(IPEndPoint controlPlane)
    {
        try
        {
            if (relay.Fault.Kind is FaultKind.HalfOpen or FaultKind.Dead)
            {
                await SwallowAsync();
                return;
            }

            await _upstream.ConnectAsync(controlPlane, _end.Token);
            await Task.WhenAll(PassAsync(agent, _upstream, isAnswer: false), PassAsync(_upstream, agent, isAnswer: true));
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            // Either side has gone.
        }
    }

    /// <summary>Ends both sides without a word.</summary>
    public void Reset()
    {
        try
        {
            agent.LingerState = _upstream.LingerState = new LingerOption(true, 0);
            _end.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself.
        }
    }

    public void Dispose()
    {
        agent.Dispose();
        _upstream.Dispose();
        _end.Dispose();
    }

    /// <summary>Takes what the agent sends and never answers, until it gives up.</summary>
    private async Task SwallowAsync()
    {
        byte[] buffer = new byte[PieceBytes];
        while (await agent.ReceiveAsync(buffer, _end.Token) > 0)
        {
        }
    }

    private async Task PassAsync(Socket from, Socket to, bool isAnswer)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            int read;
            int passed;
            do
            {
                read = await from.ReceiveAsync(buffer, _end.Token);
                passed = read == 0 ? 0 : await FaultAsync(read, isAnswer);
                await to.SendAsync(buffer.AsMemory(0, passed), _end.Token);
            }
            while (read > 0 && passed == read);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            await _end.CancelAsync();
        }
    }

    /// <summary>Does to a piece what the relay does at the moment.</summary>
    /// <returns>How much of it is passed on; less than all of it ends the connection.</returns>
    private async ValueTask<int> FaultAsync(int bytes, bool isAnswer)
    {
        Fault fault = relay.Fault;
        switch (fault.Kind)
        {
            case FaultKind.Dead:
            case FaultKind.Mute when isAnswer:
                await fault.Ended.WaitAsync(_end.Token);
                return bytes;
            case FaultKind.Delay when isAnswer:
                await Task.Delay(fault.Lateness, _end.Token);
                return bytes;
            case FaultKind.Cut when isAnswer:
                return relay.Offset(bytes);
            default:
                return bytes;
        }
    }
}
