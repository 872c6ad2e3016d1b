using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Tests.Hosting;

namespace Unarr.Pipelines.Tests.AspNetCore;

/// <summary>A real server on a loopback port whose streams live in virtual time, and clients for it.</summary>
internal sealed class StreamServer : IAsyncDisposable
{
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(60));
    private readonly HttpClient _http = new(new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 });
    private readonly WebApplication _app;

    private StreamServer(WebApplication app, FakeTimeProvider time, CapturedLogs logs)
    {
        (_app, Time, Logs) = (app, time, logs);
        _http.BaseAddress = new Uri(app.Urls.Single());
    }

    public FakeTimeProvider Time { get; }

    public CapturedLogs Logs { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>Ends a test that would wait for ever.</summary>
    public CancellationToken Deadline => _deadline.Token;

    public static async Task<StreamServer> StartAsync(
        Action<IEndpointRouteBuilder, TimeProvider> map, Action<IServiceCollection>? configure = null)
    {
        FakeTimeProvider time = new();
        CapturedLogs logs = new();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(logs).AddFilter("Unarr", LogLevel.Debug);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(30));
        configure?.Invoke(builder.Services);
        WebApplication app = builder.Build();
        map(app, time);
        await app.StartAsync();
        return new StreamServer(app, time, logs);
    }

    public Task StopAsync() => _app.StopAsync(Deadline);

    public async Task<OpenStream> OpenAsync(string path, string? lastEventId = null)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        if (lastEventId is not null)
        {
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        }

        HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Deadline);
        return new OpenStream(response, await SseReader.FromResponseAsync(response, null, Deadline), Deadline);
    }

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path) =>
        _http.SendAsync(new HttpRequestMessage(method, path), Deadline);

    /// <summary>Opens a stream and reads nothing of it.</summary>
    public async Task<Socket> OpenDeafAsync(string path)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(_http.BaseAddress!.Host, _http.BaseAddress.Port, Deadline);
        await socket.SendAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"), Deadline);
        return socket;
    }

    /// <summary>Waits until a line of the log contains a text.</summary>
    public Task<string> LoggedAsync(string text) =>
        UntilAsync(() => Logs.Lines.FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal)));

    /// <summary>Looks again and again for what nothing signals.</summary>
    public async Task<T> UntilAsync<T>(Func<T?> look)
        where T : class
    {
        while (true)
        {
            if (look() is { } seen)
            {
                return seen;
            }

            await Task.Delay(5, Deadline);
        }
    }

    public Task UntilAsync(Func<bool> condition) => UntilAsync(() => condition() ? "" : null);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _http.Dispose();
        _deadline.Dispose();
    }
}
