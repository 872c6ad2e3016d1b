using System.Net.Sockets;
using System.Text;

namespace Unarr.EndToEnd.Tests.Hostile;

/// <summary>One request, and the bare socket on which a script answers it, or does worse.</summary>
internal sealed class HostileExchange(HostileRequest request, Socket socket, bool isEndless, CancellationToken ended)
{
    private const int FloodPieceBytes = 128 * 1024;

    public HostileRequest Request => request;

    /// <summary>How many bytes were written.</summary>
    public long BytesWritten { get; private set; }

    /// <summary>Writes text, each character as one byte.</summary>
    public Task WriteAsync(string text) => WriteAsync(Encoding.Latin1.GetBytes(text));

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int sent = await socket.SendAsync(bytes, ended);
            BytesWritten += sent;
            bytes = bytes[sent..];
        }
    }

    /// <summary>A whole answer, after which the connection closes.</summary>
    public Task AnswerAsync(string status, string headers, string body) =>
        WriteAsync($"HTTP/1.1 {status}\r\n{headers}Content-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}");

    /// <summary>A JSON answer with status 200.</summary>
    public Task AnswerAsync(string json) => AnswerAsync("200 OK", "Content-Type: application/json\r\n", json);

    /// <summary>The headers of an event stream whose body lasts as long as the connection.</summary>
    public Task BeginStreamAsync() => WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n");

    /// <summary>Repeats a pattern as fast as the client takes it.</summary>
    /// <param name="pattern">What to repeat.</param>
    /// <param name="bytes">How many bytes, at least, if the server's floods end at all. Default: until the client has enough.</param>
    public async Task FloodAsync(string pattern, long bytes = long.MaxValue)
    {
        byte[] unit = Encoding.Latin1.GetBytes(pattern);
        byte[] piece = new byte[Math.Max(1, FloodPieceBytes / unit.Length) * unit.Length];
        for (int at = 0; at < piece.Length; at += unit.Length)
        {
            unit.CopyTo(piece, at);
        }

        for (long written = 0; isEndless || written < bytes; written += piece.Length)
        {
            await WriteAsync(piece);
        }
    }

    /// <summary>Writes text byte by byte, one each interval, over and over.</summary>
    public async Task DripAsync(string text, TimeSpan interval)
    {
        using var pace = new PeriodicTimer(interval);
        while (true)
        {
            foreach (char character in text)
            {
                await WriteAsync($"{character}");
                await pace.WaitForNextTickAsync(ended);
            }
        }
    }

    /// <summary>Says nothing until the client closes the connection.</summary>
    public async Task HoldAsync()
    {
        byte[] nothing = new byte[1];
        while (await socket.ReceiveAsync(nothing, ended) > 0)
        {
        }
    }

    /// <summary>Lets the connection end with a reset instead of a proper close.</summary>
    public void Reset() => socket.LingerState = new LingerOption(enable: true, seconds: 0);
}
