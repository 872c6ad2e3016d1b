using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Unarr.EndToEnd.Tests.Agent;

/// <summary>Answers every request as a test wants it, on a free port of loopback.</summary>
internal sealed class PathServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private PathServer(RequestDelegate answer)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(answer);
    }

    public string Url => _app.Urls.First();

    public static async Task<PathServer> StartAsync(RequestDelegate answer)
    {
        var server = new PathServer(answer);
        await server._app.StartAsync();
        return server;
    }

    /// <summary>Holds a response open until its reader has gone.</summary>
    public static async Task HoldAsync(HttpContext context)
    {
        await context.Response.Body.FlushAsync();
        await WaitForTheEndAsync(context);
    }

    /// <summary>Sends nothing at all until its reader has gone.</summary>
    public static async Task WaitForTheEndAsync(HttpContext context)
    {
        var gone = new TaskCompletionSource();
        await using CancellationTokenRegistration registration = context.RequestAborted.Register(gone.SetResult);
        await gone.Task;
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource();
        await atOnce.CancelAsync();
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }
}
