using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Unarr.Pipelines.Bench.Load;

/// <summary>An agent that holds its stream open, notes when a command comes, and does nothing else:
/// it is the control plane that is measured.</summary>
internal sealed class LightAgent : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[1024];
    private readonly Func<byte[]> _awaited;
    private readonly Action<long, string> _came;
    private int _kept;

    /// <param name="awaited">The bytes that are looked for in each line; others from when these have come.</param>
    /// <param name="came">Told when they have come, as a timestamp, and the id of the control in the line, or empty.</param>
    public LightAgent(Func<byte[]> awaited, Action<long, string> came)
    {
        _awaited = awaited;
        _came = came;
    }

    public async Task ConnectAsync(Uri origin, string key)
    {
        await _socket.ConnectAsync(IPAddress.Loopback, origin.Port);
        string request = $"GET /api/internal/agent/events HTTP/1.1\r\nHost: {origin.Authority}\r\nAuthorization: Bearer {key}\r\n"
            + "User-Agent: light\r\nAccept: text/event-stream\r\nCache-Control: no-cache\r\nUnarr-After: \r\n\r\n";
        await _socket.SendAsync(Encoding.ASCII.GetBytes(request));
    }

    /// <summary>Reads until the stream has ended.</summary>
    public async Task ReadAsync()
    {
        byte[]? seen = null;
        int read;
        while ((read = await _socket.ReceiveAsync(_buffer.AsMemory(_kept))) > 0)
        {
            long now = Stopwatch.GetTimestamp();
            byte[] awaited = _awaited();
            int filled = _kept + read;
            if (seen != awaited && _buffer.AsSpan(0, filled).IndexOf(awaited) is >= 0 and int at)
            {
                seen = awaited;
                _came(now, IdBefore(_buffer.AsSpan(0, at)));
            }

            // The line that is not complete, as far as there is room for it.
            int line = _buffer.AsSpan(0, filled).LastIndexOf((byte)'\n') + 1;
            line = Math.Max(line, filled - (_buffer.Length / 2));
            _kept = filled - line;
            _buffer.AsSpan(line, _kept).CopyTo(_buffer);
        }
    }

    public void Dispose() => _socket.Dispose();

    private static string IdBefore(ReadOnlySpan<byte> text)
    {
        int id = text.LastIndexOf("\"id\":\""u8);
        if (id < 0)
        {
            return "";
        }

        text = text[(id + 6)..];
        return Encoding.ASCII.GetString(text[..Math.Max(text.IndexOf((byte)'"'), 0)]);
    }
}
