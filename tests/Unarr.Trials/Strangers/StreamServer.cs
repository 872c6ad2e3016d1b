using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Unarr.EndToEnd.Tests.Strangers;

/// <summary>A server of ASP.NET on a loopback port; a function answers each request, which is numbered from 1 for its path.</summary>
internal sealed class StreamServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, int> _requests = [];

    private StreamServer(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.Single());

    public static async Task<StreamServer> StartAsync(
        Func<HttpContext, int, Task> answer, Action<ListenOptions>? listen = null, int port = 0)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, options => listen?.Invoke(options)));
        WebApplication app = builder.Build();
        StreamServer server = new(app);
        app.Run(context => answer(
            context, server._requests.AddOrUpdate(context.Request.Path.Value ?? "", 1, static (_, count) => count + 1)));
        await app.StartAsync();
        return server;
    }

    public int Requests(string path) => _requests.GetValueOrDefault(path);

    /// <summary>Ends it properly: over HTTP/2 it sends GOAWAY first; what is open after the grace is cut.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        using CancellationTokenSource late = new(grace);
        await _app.StopAsync(late.Token);
    }

    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource atOnce = new();
        await atOnce.CancelAsync();
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }
}
