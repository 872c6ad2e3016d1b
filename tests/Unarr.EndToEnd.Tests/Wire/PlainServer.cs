using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace Unarr.EndToEnd.Tests.Wire;

/// <summary>A server of one agent, written from <c>docs/protocol.md</c> alone: sockets, text, and none of this repository's code.</summary>
internal sealed class PlainServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly List<(string Id, string Json)> _pending = [];
    private readonly Channel<PlainRequest> _requests = Channel.CreateUnbounded<PlainRequest>();
    private TaskCompletionSource? _poll;
    private NetworkStream? _stream;
    private bool _wake;

    public PlainServer()
    {
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Url => $"http://{_listener.LocalEndpoint}";

    /// <summary>Each request, in the order in which they came.</summary>
    public ChannelReader<PlainRequest> Requests => _requests.Reader;

    /// <summary>What is written when a stream opens, before what is pending.</summary>
    public string Opening { get; set; } = ": connected hb=15000\n\n";

    public IReadOnlyList<string> PendingIds
    {
        get
        {
            lock (_gate)
            {
                return [.. _pending.Select(control => control.Id)];
            }
        }
    }

    public void Push(string id, string json)
    {
        lock (_gate)
        {
            _pending.Add((id, json));
            _wake = true;
            _poll?.TrySetResult();
            Write(Command([json]));
        }
    }

    public void AskForSync()
    {
        lock (_gate)
        {
            Write("event: sync\ndata: {\"reason\":\"operator\"}\n\n");
        }
    }

    public void EndStream()
    {
        lock (_gate)
        {
            _stream?.Socket.Shutdown(SocketShutdown.Both);
            _stream = null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        _stop.Dispose();
    }

    private static string Command(IEnumerable<string> controls) =>
        $"event: command\ndata: {{\"controls\":[{string.Join(',', controls)}]}}\n\n";

    private static string Json(string body, string status = "200 OK") =>
        $"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}";

    private void Write(string text) => _stream?.Write(Encoding.UTF8.GetBytes(text));

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
            client.NoDelay = true;
            _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        NetworkStream connection = client.GetStream();
        while (await PlainRequest.ReadAsync(connection, _stop.Token) is { } request)
        {
            _requests.Writer.TryWrite(request);
            if (request.Line == "GET /api/internal/agent/events HTTP/1.1")
            {
                Open(connection, request.Headers["Unarr-After"]);
                continue;
            }

            string answer = request.Line switch
            {
                "GET /api/internal/agent/wake HTTP/1.1" => await WakeAsync(),
                "POST /api/internal/agent/sync HTTP/1.1" => Sync(request),
                _ => Json("""{"error":"There is no such path."}""", "404 Not Found"),
            };
            await connection.WriteAsync(Encoding.UTF8.GetBytes(answer), _stop.Token);
        }

        client.Dispose();
    }

    private void Open(NetworkStream connection, string after)
    {
        lock (_gate)
        {
            EndStream();
            _stream = connection;

            // No length and no chunks: the stream ends with its connection.
            Write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache, no-transform\r\n"
                + "X-Accel-Buffering: no\r\nConnection: close\r\n\r\n" + Opening);
            string[] waiting = After(after);
            if (waiting.Length > 0)
            {
                Write(Command(waiting));
            }
        }
    }

    private async Task<string> WakeAsync()
    {
        Task woken;
        lock (_gate)
        {
            _poll = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_wake)
            {
                _poll.SetResult();
            }

            woken = _poll.Task;
        }

        await Task.WhenAny(woken, Task.Delay(TimeSpan.FromSeconds(28), _stop.Token));
        lock (_gate)
        {
            _wake = false;
            return Json(woken.IsCompleted ? """{"wake":true}""" : """{"wake":false}""");
        }
    }

    private string Sync(PlainRequest request)
    {
        using JsonDocument body = JsonDocument.Parse(request.Body);
        lock (_gate)
        {
            if (body.RootElement.TryGetProperty("appliedControls", out JsonElement applied))
            {
                HashSet<string?> ids = [.. applied.EnumerateArray().Select(id => id.GetString())];
                _pending.RemoveAll(control => ids.Contains(control.Id));
            }

            return Json($$"""{"controls":[{{string.Join(',', After(request.Headers["Unarr-After"]))}}],"watching":false}""");
        }
    }

    // "Starts after that id, or at the first pending control where that id is not pending."
    private string[] After(string id) =>
        [.. _pending.Skip(_pending.FindIndex(control => control.Id == id) + 1).Select(control => control.Json)];
}
