using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Unarr.EndToEnd.Tests.Wire;

/// <summary>A connection of an agent, written from <c>docs/protocol.md</c> alone: sockets, text, and none of this repository's
/// code.</summary>
internal sealed class PlainAgent : IAsyncDisposable
{
    private readonly TcpClient _client = new();
    private readonly CancellationToken _deadline;
    private Stream _connection = Stream.Null;
    private bool _isChunked;
    private int _chunkLeft;

    private PlainAgent(CancellationToken deadline) => _deadline = deadline;

    /// <summary>The status line and the headers of the answer.</summary>
    public string Head { get; private set; } = "";

    /// <summary>Sends a request, and reads the head of its answer.</summary>
    public static async Task<PlainAgent> SendAsync(Uri server, byte[] request, CancellationToken deadline)
    {
        PlainAgent agent = new(deadline);
        await agent._client.ConnectAsync(server.Host, server.Port, deadline);
        agent._connection = agent._client.GetStream();
        await agent._connection.WriteAsync(request, deadline);
        return agent;
    }

    public async Task ReadHeadAsync()
    {
        StringBuilder head = new();
        while (await ReadLineAsync(ReadByteAsync) is { Length: > 0 } line)
        {
            head.Append(line.TrimEnd('\r')).Append('\n');
            if (line is "\r")
            {
                break;
            }
        }

        Head = head.ToString();
        _isChunked = Head.Contains("\nTransfer-Encoding: chunked\n", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Reads a body whose length the head says.</summary>
    public async Task<string> ReadBodyAsync()
    {
        const string Name = "Content-Length: ";
        string length = Head.Split('\n').Single(line => line.StartsWith(Name, StringComparison.OrdinalIgnoreCase));
        byte[] body = new byte[int.Parse(length[Name.Length..], CultureInfo.InvariantCulture)];
        await _connection.ReadExactlyAsync(body, _deadline);
        return Encoding.UTF8.GetString(body);
    }

    /// <summary>The next comment (<c>: …</c>) or event (<c>type data</c>) of a stream; <see langword="null"/> at its proper
    /// end.</summary>
    public async Task<string?> ReadEventAsync()
    {
        string type = "message";
        string data = "";
        while (await ReadLineAsync(ReadStreamByteAsync) is { } line)
        {
            if (line.StartsWith(':'))
            {
                return line;
            }

            if (line.StartsWith("event:", StringComparison.Ordinal))
            {
                type = line[6..].Trim();
            }
            else if (line.StartsWith("data:", StringComparison.Ordinal))
            {
                data += (data == "" ? "" : "\n") + line[5..].Trim();
            }
            else if (line == "" && data != "")
            {
                return $"{type} {data}";
            }
        }

        return null;
    }

    /// <summary>The next event; comments are proof of life and nothing else.</summary>
    public async Task<string?> ReadNextEventAsync()
    {
        string? next;
        do
        {
            next = await ReadEventAsync();
        }
        while (next?.StartsWith(':') == true);
        return next;
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task<string?> ReadLineAsync(Func<Task<int>> next)
    {
        List<byte> line = [];
        int value;
        while ((value = await next()) >= 0)
        {
            if (value == '\n')
            {
                return Encoding.UTF8.GetString([.. line]);
            }

            line.Add((byte)value);
        }

        return null;
    }

    private async Task<int> ReadByteAsync()
    {
        byte[] one = new byte[1];
        return await _connection.ReadAsync(one, _deadline) == 0 ? -1 : one[0];
    }

    private async Task<int> ReadStreamByteAsync()
    {
        if (_isChunked && _chunkLeft == 0)
        {
            string? size = await ReadLineAsync(ReadByteAsync);
            size = size == "\r" ? await ReadLineAsync(ReadByteAsync) : size;
            _chunkLeft = int.Parse(size!.TrimEnd('\r'), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (_chunkLeft == 0)
            {
                return -1;
            }
        }

        _chunkLeft--;
        return await ReadByteAsync();
    }
}
