using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Unarr.Pipelines.Bench.Contestants;

/// <summary>Answers each request with events of a chunk each, made before and written in large pieces: what is measured is reading
/// them.</summary>
internal sealed class ChunkServer(Corpus corpus) : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    /// <summary>Starts it.</summary>
    /// <returns>Its origin.</returns>
    public string Start()
    {
        _listener.Start();
        _ = AcceptAsync(Chunked());
        return string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
    }

    public void Dispose() => _listener.Dispose();

    private byte[] Chunked()
    {
        int length = corpus.Bytes.Length / corpus.Events;
        using MemoryStream body = new();
        for (int at = 0; at < corpus.Bytes.Length; at += length)
        {
            body.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{length:x}\r\n")));
            body.Write(corpus.Bytes.Span.Slice(at, length));
            body.Write("\r\n"u8);
        }

        return body.ToArray();
    }

    private async Task AcceptAsync(byte[] chunks)
    {
        while (true)
        {
            _ = AnswerAsync(await _listener.AcceptTcpClientAsync(), chunks);
        }
    }

    private static async Task AnswerAsync(TcpClient client, byte[] chunks)
    {
        using TcpClient connection = client;
        await using NetworkStream stream = connection.GetStream();
        using StreamReader reader = new(stream, leaveOpen: true);
        while (await reader.ReadLineAsync() is { } request)
        {
            while (await reader.ReadLineAsync() is { Length: > 0 })
            {
            }

            // "GET /chunks/16 HTTP/1.1"
            int passes = int.Parse(request.Split(' ')[1].Split('/')[^1], CultureInfo.InvariantCulture);
            await stream.WriteAsync(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray());
            for (int pass = 0; pass < passes; pass++)
            {
                await stream.WriteAsync(chunks);
            }

            await stream.WriteAsync("0\r\n\r\n"u8.ToArray());
        }
    }
}
