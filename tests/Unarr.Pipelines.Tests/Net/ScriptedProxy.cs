using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Unarr.Pipelines.Tests.Net;

/// <summary>A proxy on a loopback port that answers as a test wants it; its tunnels lead to one port of loopback.</summary>
internal sealed class ScriptedProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<string, byte[]?> _answer;
    private readonly int _target;
    private readonly Task _serving;

    /// <param name="answer">The answer to a request's head; <see langword="null"/> says nothing, an answer that is empty closes.</param>
    /// <param name="target">Where a tunnel leads that was answered with 200.</param>
    public ScriptedProxy(Func<string, byte[]?> answer, int target = 0)
    {
        _answer = answer;
        _target = target;
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The requests' heads, in order.</summary>
    public ConcurrentQueue<string> Heads { get; } = new();

    public static byte[] Http(string answer) => Encoding.ASCII.GetBytes(answer + "\r\n\r\n");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(ConnectedAsync(await _listener.AcceptSocketAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ConnectedAsync(Socket socket)
    {
        try
        {
            using var stream = new NetworkStream(socket, ownsSocket: true);
            while (await HeadAsync(stream) is { } head)
            {
                Heads.Enqueue(head);
                switch (_answer(head))
                {
                    case null:
                        await Task.Delay(Timeout.Infinite, _stop.Token);
                        break;
                    case []:
                        return;
                    case { } answer:
                        await stream.WriteAsync(answer, _stop.Token);
                        if (head.StartsWith("CONNECT ", StringComparison.Ordinal) && answer.AsSpan().StartsWith("HTTP/1.1 200"u8))
                        {
                            await TunnelAsync(stream);
                            return;
                        }

                        break;
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The test or its client has gone.
        }
    }

    private async Task TunnelAsync(NetworkStream client)
    {
        using var server = new TcpClient();
        await server.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
        NetworkStream behind = server.GetStream();
        await Task.WhenAny(client.CopyToAsync(behind, _stop.Token), behind.CopyToAsync(client, _stop.Token));
    }

    /// <summary>An HTTP head; or a greeting of SOCKS, in hexadecimal.</summary>
    private async Task<string?> HeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (await stream.ReadAsync(one, _stop.Token) > 0)
        {
            if (head.Length == 0 && one[0] == 5)
            {
                byte[] rest = new byte[64];
                return Convert.ToHexString(rest.AsSpan(0, await stream.ReadAsync(rest, _stop.Token)));
            }

            head.Append((char)one[0]);
            if (head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                return head.ToString();
            }
        }

        return null;
    }
}
