using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Unarr.EndToEnd.Tests.Hostile;

/// <summary>A server on a bare socket that does to each request what a script says: one request a connection.</summary>
internal sealed class HostileServer : IAsyncDisposable
{
    private const int MaxHeadBytes = 64 * 1024;

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<string, (Func<HostileExchange, Task> Script, CancellationToken Ended)> _scripts = new();
    private readonly ConcurrentDictionary<Task, bool> _connections = new();
    private readonly Task _accepting;
    private CancellationTokenSource? _attack;
    private Dictionary<string, TaskCompletionSource> _asked = [];

    public HostileServer()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        Events = GreetAsync;
        Sync = exchange => exchange.AnswerAsync(Answer);
        Address = new Uri($"http://{_listener.LocalEndPoint}/");
        _accepting = AcceptAsync();
    }

    public Uri Address { get; }

    /// <summary>Answers requests for the event stream. Default: one comment, then silence.</summary>
    public Func<HostileExchange, Task> Events { get; set; }

    /// <summary>Answers long-polls. Default: held for ever.</summary>
    public Func<HostileExchange, Task> Wake { get; set; } = exchange => exchange.HoldAsync();

    /// <summary>Answers syncs. Default: <see cref="Answer"/>.</summary>
    public Func<HostileExchange, Task> Sync { get; set; }

    /// <summary>What the honest stream says first.</summary>
    public string Greeting { get; set; } = ": connected hb=60000\n\n";

    /// <summary>What the honest answer to a sync is.</summary>
    public string Answer { get; set; } = """{"controls":[],"watching":false}""";

    /// <summary>Whether floods go on until the client has enough.</summary>
    public bool IsEndless { get; init; }

    /// <summary>All requests that came.</summary>
    public ConcurrentQueue<HostileRequest> Requests { get; } = new();

    /// <summary>Attacks on the attack's endpoints from the next request on.</summary>
    public void Begin(Attack attack)
    {
        var end = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        _attack = end;
        Await(attack.Endpoints);
        foreach (string endpoint in attack.Endpoints)
        {
            _scripts[endpoint] = (attack.Script, end.Token);
        }
    }

    /// <summary>Waits until every endpoint of the attack was asked since it began, or since it ended.</summary>
    public Task UntilAskedAsync() => Task.WhenAll(_asked.Values.Select(asked => asked.Task)).WaitAsync(TimeSpan.FromSeconds(60));

    /// <summary>Answers honestly from now on; what attacks is cut.</summary>
    public async Task HealAsync()
    {
        Await([.. _asked.Keys]);
        _scripts.Clear();
        await _attack!.CancelAsync();
    }

    public int Count(string endpoint) => Requests.Count(request => request.Endpoint == endpoint);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections.Keys);
        _attack?.Dispose();
        _end.Dispose();
    }

    private void Await(string[] endpoints) => _asked = endpoints.ToDictionary(endpoint => endpoint, _ => new TaskCompletionSource());

    private async Task GreetAsync(HostileExchange exchange)
    {
        await exchange.BeginStreamAsync();
        await exchange.WriteAsync(Greeting);
        await exchange.HoldAsync();
    }

    private (Func<HostileExchange, Task> Script, CancellationToken Ended) ScriptOf(HostileRequest request) =>
        _scripts.TryGetValue(request.Endpoint, out var script) ? script : (request.Endpoint switch
        {
            "events" => Events,
            "wake" => Wake,
            _ => Sync,
        }, _end.Token);

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Task connection = ServeAsync(await _listener.AcceptAsync(_end.Token));
                _connections[connection] = true;
                _ = connection.ContinueWith(ended => _connections.TryRemove(ended, out _), TaskScheduler.Default);
            }
        }
        catch (Exception exception) when (_end.IsCancellationRequested
            && exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The server has ended.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            socket.NoDelay = true;
            try
            {
                if (await ReadAsync(socket) is { } request)
                {
                    Requests.Enqueue(request);
                    (Func<HostileExchange, Task> script, CancellationToken ended) = ScriptOf(request);
                    if (_asked.TryGetValue(request.Endpoint, out TaskCompletionSource? asked))
                    {
                        asked.TrySetResult();
                    }

                    await script(new HostileExchange(request, socket, IsEndless, ended));
                }
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException)
            {
                // The client had enough, or the server has ended.
            }
        }
    }

    private async Task<HostileRequest?> ReadAsync(Socket socket)
    {
        byte[] buffer = new byte[MaxHeadBytes];
        int length = 0;
        int head;
        while ((head = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8)) < 0)
        {
            int read = await socket.ReceiveAsync(buffer.AsMemory(length), _end.Token);
            if (read == 0)
            {
                return null;
            }

            length += read;
        }

        string text = Encoding.Latin1.GetString(buffer, 0, head);
        string[] line = text[..text.IndexOf("\r\n", StringComparison.Ordinal)].Split(' ');
        HostileRequest request = new(line[0], line[1], text, "");
        int end = head + 4 + int.Parse(request.Header("Content-Length") ?? "0", null);
        while (length < end)
        {
            int read = await socket.ReceiveAsync(buffer.AsMemory(length), _end.Token);
            if (read == 0)
            {
                return null;
            }

            length += read;
        }

        return request with { Body = Encoding.UTF8.GetString(buffer, head + 4, end - head - 4) };
    }
}
