using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Unarr.EndToEnd.Tests.Port;

/// <summary>The server of the deployed agents, of a few lines and for one agent. It refuses every member that it does not know.</summary>
internal sealed class DeployedServer : IAsyncDisposable
{
    public const string Key = "key-of-a1";

    private const string Base = "/api/internal/agent";

    private static readonly string[] Known =
    [
        "agentId", "name", "version", "os", "arch", "tasks", "downloadDir", "freeSlots", "canDelete", "agentStatus", "deleteConfirmed",
        "deleteFailed",
    ];

    private readonly WebApplication _app;
    private readonly bool _knowsIds;
    private readonly Lock _gate = new();
    private readonly List<(string? Id, string Json)> _pending = [];
    private readonly Queue<(string Members, string[] Controls)> _orders = [];
    private readonly Channel<JsonElement> _syncs = Channel.CreateUnbounded<JsonElement>();
    private readonly Channel<string> _calls = Channel.CreateUnbounded<string>();
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(60));
    private DeployedStream? _stream;
    private TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _lastId;

    private DeployedServer(bool knowsIds)
    {
        _knowsIds = knowsIds;
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Use(AdmitAsync);
        _app.MapGet($"{Base}/events", (RequestDelegate)EventsAsync);
        _app.MapGet($"{Base}/wake", (RequestDelegate)WakeAsync);
        _app.MapPost($"{Base}/sync", (RequestDelegate)SyncAsync);
        _app.MapFallback((RequestDelegate)CallAsync);
    }

    public Uri Url => new(_app.Urls.First());

    /// <summary>Ends a test that would wait for ever.</summary>
    public CancellationToken Deadline => _deadline.Token;

    /// <summary>The values of the header <c>Unarr-After</c> that came.</summary>
    public ConcurrentQueue<string> Afters { get; } = [];

    /// <summary>Refuses what agents ask for: the status and the body of each answer.</summary>
    public (int Status, string Body)? Refusal { get; set; }

    /// <summary>What is answered at the daemon's other endpoints, by path; <see langword="null"/> never answers.</summary>
    public ConcurrentDictionary<string, string?> Answers { get; } = [];

    public bool Watching { get; set; }

    /// <param name="knowsIds">Whether it is a newer server: its controls have ids, and stay pending until they are listed.</param>
    public static async Task<DeployedServer> StartAsync(bool knowsIds = false)
    {
        DeployedServer server = new(knowsIds);
        await server._app.StartAsync();
        return server;
    }

    /// <summary>The body of the next sync that was not refused.</summary>
    public async Task<JsonElement> SyncAsync() => await _syncs.Reader.ReadAsync(Deadline);

    /// <summary>The next request at one of the daemon's other endpoints: method, path and body.</summary>
    public async Task<string> CallAsync() => await _calls.Reader.ReadAsync(Deadline);

    public async Task OpenedAsync()
    {
        Task opened;
        lock (_gate)
        {
            opened = _stream is null ? _opened.Task : Task.CompletedTask;
        }

        await opened.WaitAsync(Deadline);
    }

    /// <summary>Puts members, and controls on what they bring, into the next sync's answer.</summary>
    public void Order(string members, params string[] controls)
    {
        lock (_gate)
        {
            _orders.Enqueue((members, controls));
        }
    }

    /// <summary>Sends a control over the stream, where one is open, and over syncs.</summary>
    public void Push(string control)
    {
        lock (_gate)
        {
            string json = Add(control);
            _stream?.Write($"event: command\ndata: {{\"controls\":[{json}]}}\n\n");
            _woken.TrySetResult();
        }
    }

    public void AskForSync()
    {
        lock (_gate)
        {
            _stream?.Write("event: sync\ndata: {}\n\n");
            _woken.TrySetResult();
        }
    }

    /// <summary>Cuts the stream in the middle of an event.</summary>
    public void Cut()
    {
        lock (_gate)
        {
            _stream?.Write("event: command\ndata: {\"controls\":[{\"action\":\"cancel\",\"taskId\":\"t1\"");
            _stream?.Cut();
            _stream = null;
        }
    }

    /// <summary>Waits until no control is pending and nothing is to be handed out.</summary>
    public async Task SettledAsync()
    {
        while (true)
        {
            Task settled;
            lock (_gate)
            {
                if (_pending.Count == 0 && _orders.Count == 0)
                {
                    return;
                }

                settled = _settled.Task;
            }

            await settled.WaitAsync(Deadline);
        }
    }

    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource atOnce = new();
        await atOnce.CancelAsync();
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
        _deadline.Dispose();
    }

    private async Task AdmitAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Headers.TryGetValue("Unarr-After", out Microsoft.Extensions.Primitives.StringValues after))
        {
            Afters.Enqueue(after.ToString());
        }

        (int Status, string Body)? refusal = context.Request.Headers.Authorization == $"Bearer {Key}" ? Refusal
            : (StatusCodes.Status401Unauthorized, """{"error":"invalid_key"}""");
        await (refusal is { } answer ? AnswerAsync(context, answer.Status, answer.Body) : next(context));
    }

    private async Task EventsAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        await using DeployedStream stream = new(context);
        lock (_gate)
        {
            _stream?.Cut();
            _stream = stream;
            stream.Write(": connected hb=15000\n\n");
            string[] waiting = _knowsIds ? After(context) : [];
            if (waiting.Length > 0)
            {
                stream.Write($"event: command\ndata: {{\"controls\":[{string.Join(',', waiting)}]}}\n\n");
            }

            _opened.TrySetResult();
            _opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        await stream.RunAsync();
    }

    private async Task WakeAsync(HttpContext context)
    {
        Task woken;
        lock (_gate)
        {
            woken = _woken.Task;
        }

        await woken.WaitAsync(context.RequestAborted);
        lock (_gate)
        {
            _woken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        await AnswerAsync(context, StatusCodes.Status200OK, """{"wake":true}""");
    }

    private async Task SyncAsync(HttpContext context)
    {
        using JsonDocument document = await JsonDocument.ParseAsync(context.Request.Body, default, context.RequestAborted);
        JsonElement body = document.RootElement.Clone();
        string[] known = _knowsIds ? [.. Known, "appliedControls", "failedControls"] : Known;
        if (body.EnumerateObject().Select(member => member.Name).FirstOrDefault(name => !known.Contains(name)) is { } unknown)
        {
            await AnswerAsync(context, StatusCodes.Status400BadRequest, $$"""{"error":"unknown_member","message":"{{unknown}}"}""");
            return;
        }

        await AnswerAsync(context, StatusCodes.Status200OK, AnswerTo(context, body));
        _syncs.Writer.TryWrite(body);
    }

    private string AnswerTo(HttpContext context, JsonElement body)
    {
        lock (_gate)
        {
            if (body.TryGetProperty("appliedControls", out JsonElement applied))
            {
                _pending.RemoveAll(control => applied.EnumerateArray().Any(id => id.GetString() == control.Id));
            }

            string members = "";
            if (_orders.TryDequeue(out (string Members, string[] Controls) order))
            {
                members = $",{order.Members}";
                Array.ForEach(order.Controls, control => Add(control));
            }

            string controls = string.Join(',', After(context));
            if (!_knowsIds)
            {
                _pending.Clear();
            }

            _settled.TrySetResult();
            _settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return $$"""{"controls":[{{controls}}],"watching":{{(Watching ? "true" : "false")}}{{members}}}""";
        }
    }

    private async Task CallAsync(HttpContext context)
    {
        using StreamReader reader = new(context.Request.Body, Encoding.UTF8);
        string path = context.Request.Path + context.Request.QueryString;
        string body = await reader.ReadToEndAsync(context.RequestAborted);
        _calls.Writer.TryWrite($"{context.Request.Method} {path} {body}".TrimEnd());
        if (!Answers.TryGetValue(path, out string? answer))
        {
            await AnswerAsync(context, StatusCodes.Status404NotFound, """{"error":"not_found"}""");
            return;
        }

        if (answer is null)
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await AnswerAsync(context, StatusCodes.Status200OK, answer ?? "{}");
    }

    private string Add(string control)
    {
        string? id = _knowsIds ? $"c{++_lastId}" : null;
        string json = id is null ? control : $"{control[..^1]},\"id\":\"{id}\"}}";
        _pending.Add((id, json));
        return json;
    }

    private string[] After(HttpContext context)
    {
        string after = context.Request.Headers["Unarr-After"].ToString();
        return [.. _pending.Skip(_pending.FindIndex(control => control.Id == after) + 1).Select(control => control.Json)];
    }

    private static Task AnswerAsync(HttpContext context, int status, string body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body, context.RequestAborted);
    }
}
