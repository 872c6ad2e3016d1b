using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Unarr.Agents.Downlink.ControlPlane;

namespace Unarr.Pipelines.Tests.Http;

/// <summary>A real server on a loopback port of its own, with a client for it.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _http;

    private LoopbackServer(WebApplication app, Version? version)
    {
        _app = app;
        Url = app.Urls.Single();
        _http = new HttpClient(ControlPlaneClient.CreateHandler());
        if (version is not null)
        {
            (_http.DefaultRequestVersion, _http.DefaultVersionPolicy) = (version, HttpVersionPolicy.RequestVersionExact);
        }

        Client = new ControlPlaneClient(
            _http, new MirrorPool([Url]), new ControlPlaneClientOptions { ApiKey = _ => ValueTask.FromResult(ClientHarness.Key) });
    }

    public string Url { get; }

    public ControlPlaneClient Client { get; }

    public static async Task<LoopbackServer> StartAsync(RequestDelegate answer, Version? version = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        HttpProtocols protocols = version?.Major == 2 ? HttpProtocols.Http2 : HttpProtocols.Http1;
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = protocols));
        WebApplication app = builder.Build();
        app.Run(answer);
        await app.StartAsync();
        return new LoopbackServer(app, version);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }
}
