using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Unarr.Pipelines.Bench.NativeAgent;

/// <summary>A control plane whose streams do what a measurement tells them.</summary>
internal sealed class StreamServer : IAsyncDisposable
{
    private static readonly byte[] Connected = ": connected hb=15000\n\n"u8.ToArray();
    private static readonly byte[] Heartbeat = ": hb\n\n"u8.ToArray();
    private static readonly byte[] Command =
        "event: command\ndata: {\"controls\":[{\"action\":\"pause\",\"taskId\":\"task-0123456789\"}]}\n\n"u8.ToArray();

    private readonly WebApplication _app;

    public StreamServer()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        _app = builder.Build();
        _app.MapGet("/api/internal/agent/events", EventsAsync);
        _app.MapGet("/api/internal/agent/wake", static async (HttpContext context) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(28), context.RequestAborted);
            await context.Response.WriteAsync("""{"wake":false}""");
        });
        _app.MapPost("/api/internal/agent/sync", static context => context.Response.WriteAsync("""{"controls":[],"watching":false}"""));
    }

    /// <summary>What each stream does after its connect comment, until it is aborted.</summary>
    public Func<StreamServer, HttpResponse, CancellationToken, Task> Script { get; set; } = static (_, _, _) => Task.CompletedTask;

    public Uri Origin => new(_app.Urls.First());

    public Task StartAsync() => _app.StartAsync();

    /// <summary>Heartbeats, or commands, in even steps.</summary>
    public static Func<StreamServer, HttpResponse, CancellationToken, Task> Steady(
        TimeSpan interval, bool commands) => async (_, response, aborted) =>
    {
        using PeriodicTimer timer = new(interval);
        while (await timer.WaitForNextTickAsync(aborted))
        {
            await response.Body.WriteAsync(commands ? Command : Heartbeat, aborted);
        }
    };

    /// <summary>Heartbeats and commands in turn, as many as that and as fast as they are taken.</summary>
    public static async Task FloodAsync(HttpResponse response, int frames, CancellationToken aborted)
    {
        const int Batch = 1000;
        byte[] bytes = Encoding.ASCII.GetBytes(
            string.Concat(Enumerable.Repeat(Encoding.ASCII.GetString([.. Heartbeat, .. Command]), Batch / 2)));
        for (int sent = 0; sent < frames; sent += Batch)
        {
            await response.Body.WriteAsync(bytes, aborted);
        }
    }

    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource atOnce = new();
        await atOnce.CancelAsync();
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }

    private async Task EventsAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.Body.WriteAsync(Connected);
        try
        {
            await Script(this, context.Response, context.RequestAborted);
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The candidate has been ended.
        }
    }
}
