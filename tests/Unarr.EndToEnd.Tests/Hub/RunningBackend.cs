using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Unarr.Agents.Hub.Agents;
using Unarr.EndToEnd.Tests.ControlPlane;
using Unarr.Pipelines.Signals;

namespace Unarr.EndToEnd.Tests.Hub;

/// <summary>An application of its own with a hub in it, on a free loopback port and in virtual time, and a plain client of it.</summary>
internal sealed class RunningBackend : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly HttpClient _client;
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(60));

    private RunningBackend(WebApplication application, FakeTimeProvider time)
    {
        _application = application;
        Time = time;
        Hub = application.Services.GetRequiredService<AgentHub>();
        _client = new HttpClient { BaseAddress = new Uri(application.Urls.First()), Timeout = Timeout.InfiniteTimeSpan };
    }

    public AgentHub Hub { get; }

    public FakeTimeProvider Time { get; }

    public IServiceProvider Services => _application.Services;

    public Uri Address => _client.BaseAddress!;

    /// <summary>Ends a test that would wait for ever.</summary>
    public CancellationToken Deadline => _deadline.Token;

    /// <summary>Starts an application whose users are who the header says.</summary>
    /// <param name="configure">Goes on configuring the hub.</param>
    /// <param name="options">Sets the hub's options.</param>
    /// <param name="services">Adds services, before the hub.</param>
    /// <param name="map">Maps the endpoints. Default: the hub's, for whoever is authenticated.</param>
    /// <param name="time">The clock. Default: one of its own.</param>
    public static async Task<RunningBackend> StartAsync(
        Action<AgentHubBuilder>? configure = null, Action<AgentHubOptions>? options = null, Action<IServiceCollection>? services = null,
        Action<WebApplication>? map = null, FakeTimeProvider? time = null)
    {
        time ??= new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddAuthorization();
        if (services is null)
        {
            AddHeaderScheme(builder.Services);
        }
        else
        {
            services(builder.Services);
        }

        AgentHubBuilder hub = builder.Services.AddAgentHub(options);
        configure?.Invoke(hub);
        WebApplication application = builder.Build();
        try
        {
            (map ?? (app => app.MapAgentHub()))(application);
            await application.StartAsync();
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }

        return new RunningBackend(application, time);
    }

    public static void AddHeaderScheme(IServiceCollection services) => services.AddAuthentication(HeaderScheme.Name)
        .AddScheme<AuthenticationSchemeOptions, HeaderScheme>(HeaderScheme.Name, configureOptions: null);

    public Task<Answer> SyncAsync(string agent, string? members = null, string? after = null) => SendAsync(
        HttpMethod.Post, "/api/internal/agent/sync", agent, $$"""{"agentId":"{{agent}}"{{members}}}""", after);

    public Task<Answer> WakeAsync(string agent) => SendAsync(HttpMethod.Get, "/api/internal/agent/wake", agent);

    public async Task<AgentEvents> OpenStreamAsync(string agent, string? after = "")
    {
        using HttpRequestMessage request = Request(HttpMethod.Get, "/api/internal/agent/events", agent, after);
        HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Deadline);
        response.EnsureSuccessStatusCode();
        AgentEvents events = await AgentEvents.OverAsync(response, Deadline);
        Assert.StartsWith(": connected", await events.NextAsync(), StringComparison.Ordinal);
        return events;
    }

    public async Task<Answer> SendAsync(HttpMethod method, string path, string? user, string? body = null, string? after = null)
    {
        using HttpRequestMessage request = Request(method, path, user, after);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        return await SendAsync(request);
    }

    public async Task<Answer> SendAsync(HttpRequestMessage request)
    {
        using HttpResponseMessage response = await _client.SendAsync(request, Deadline);
        string text = await response.Content.ReadAsStringAsync(Deadline);
        JsonElement json = text.StartsWith('{') || text.StartsWith('[') ? JsonDocument.Parse(text).RootElement : default;
        return new Answer((int)response.StatusCode, response.Headers, json);
    }

    public async Task<IReadOnlyList<ControlState>> StatesAsync(string agent) =>
        [.. (await Hub.GetControlsAsync(agent, Deadline)).Select(record => record.State)];

    /// <summary>Waits until an agent's controls are in these states.</summary>
    public async Task UntilAsync(string agent, params ControlState[] states)
    {
        ChangeSignal changes = Services.GetRequiredService<AgentDirectory>().Changes;
        while (true)
        {
            Task changed = changes.Next;
            if ((await StatesAsync(agent)).SequenceEqual(states))
            {
                return;
            }

            await changed.WaitAsync(Deadline);
        }
    }

    public async Task StopAsync() => await _application.StopAsync(Deadline);

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        _client.Dispose();
        _deadline.Dispose();
    }

    private static HttpRequestMessage Request(HttpMethod method, string path, string? user, string? after)
    {
        HttpRequestMessage request = new(method, path);
        if (user is not null)
        {
            request.Headers.Add("X-User", user);
        }

        if (after is not null)
        {
            request.Headers.TryAddWithoutValidation("Unarr-After", after);
        }

        return request;
    }
}
