using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Unarr.EndToEnd.Tests.Agent;

/// <summary>A control plane of a few lines, on a free port of loopback.</summary>
internal sealed class FakeControlPlane : IAsyncDisposable
{
    /// <summary>Where the endpoints are too.</summary>
    public const string OtherBasePath = "/agents/v1";

    private readonly WebApplication _app;

    private FakeControlPlane(X509Certificate2? certificate, X509Certificate2? issuer)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null)
            {
                // What a server fetches for its own chain is not the agent's doing.
                var context = SslStreamCertificateContext.Create(certificate, issuer is null ? null : [issuer], offline: true);
                listen.UseHttps(new TlsHandshakeCallbackOptions
                {
                    OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificateContext = context }),
                });
            }
        }));
        _app = builder.Build();
        _app.Use((context, next) =>
        {
            Keys.Enqueue(context.Request.Headers.Authorization.ToString());
            Paths.Enqueue(context.Request.Path);
            return next(context);
        });
        foreach (string basePath in (string[])["/api/internal/agent", OtherBasePath])
        {
            _app.MapGet($"{basePath}/events", (RequestDelegate)EventsAsync);
            _app.MapGet($"{basePath}/wake", (RequestDelegate)(context => context.Response.WriteAsync("""{"wake":false}""")));
            _app.MapPost($"{basePath}/sync", (RequestDelegate)SyncAsync);
        }
    }

    /// <summary>The paths that were asked for.</summary>
    public ConcurrentQueue<string> Paths { get; } = [];

    /// <summary>What the stream says before it stays open.</summary>
    public string Stream { get; set; } = ": connected\n\n";

    /// <summary>What each sync is answered.</summary>
    public string Sync { get; set; } = """{"controls":[],"watching":false}""";

    /// <summary>Called with the body of each sync that comes.</summary>
    public event Action<string>? SyncCame;

    /// <summary>The bodies of the syncs that came.</summary>
    public ConcurrentQueue<string> Syncs { get; } = [];

    /// <summary>The Authorization headers that came.</summary>
    public ConcurrentQueue<string> Keys { get; } = [];

    public string Url => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public static async Task<FakeControlPlane> StartAsync(X509Certificate2? certificate = null, X509Certificate2? issuer = null)
    {
        var controlPlane = new FakeControlPlane(certificate, issuer);
        await controlPlane._app.StartAsync();
        return controlPlane;
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource();
        await atOnce.CancelAsync();
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }

    private async Task EventsAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync(Stream, context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        var closed = new TaskCompletionSource();
        await using CancellationTokenRegistration registration = context.RequestAborted.Register(closed.SetResult);
        await closed.Task;
    }

    private async Task SyncAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        string body = await reader.ReadToEndAsync(context.RequestAborted);
        Syncs.Enqueue(body);
        SyncCame?.Invoke(body);
        await context.Response.WriteAsync(Sync, context.RequestAborted);
    }
}
