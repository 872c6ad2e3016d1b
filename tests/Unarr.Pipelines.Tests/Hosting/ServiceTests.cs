using System.IO.Pipelines;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.Hosting;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.Tests.Downlink;
using Unarr.Pipelines.Tests.Http;
using Unarr.Pipelines.Tests.Telemetry;
using Xunit;

namespace Unarr.Pipelines.Tests.Hosting;

public sealed class ServiceTests : IAsyncDisposable
{
    private readonly HostHarness _harness = new();

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Downlink_runs_from_start_to_stop_hands_controls_to_the_handler_and_syncs_once_more()
    {
        await _harness.StartAsync();
        (await _harness.Server.SyncAsync()).Json("""{"controls":[{"action":"pause","taskId":"from-sync"}]}""");
        Assert.Equal(("from-sync", ControlRoute.Sync), await _harness.Handler.ControlAsync());
        PipeWriter stream = (await _harness.Server.EventsAsync()).Stream();
        await DownlinkHarness.SendAsync(stream, DownlinkHarness.Command("from-stream"));
        Assert.Equal(("from-stream", ControlRoute.Stream), await _harness.Handler.ControlAsync());

        AgentDownlink downlink = _harness.Provider.GetRequiredService<AgentDownlink>();
        await _harness.Handler.StatusAsync(DownlinkState.Live);
        await _harness.StopAsync();
        Assert.Equal(DownlinkState.Stopped, downlink.Status.State);
        Assert.Equal(0, _harness.Time.LiveTimers);
    }

    [Theory]
    [InlineData(30, 5)]
    [InlineData(3, 2.4)]
    public async Task Last_sync_that_is_not_answered_is_given_up_within_five_seconds_and_the_host_s_own_timeout(double host, double given)
    {
        _harness.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(host));
        IHost running = await _harness.StartAsync();
        (await _harness.Server.SyncAsync()).Json("{}");
        await _harness.Handler.SyncedAsync();

        Task stopping = running.StopAsync();
        ScriptedRequest last = await _harness.Server.SyncAsync();
        await _harness.Time.PassAsync(TimeSpan.FromSeconds(given));
        await last.CancelledAsync();
        await Signal.Of(stopping, "the host's stop");
        Assert.Equal(DownlinkState.Stopped, _harness.Provider.GetRequiredService<AgentDownlink>().Status.State);
        Assert.Equal(0, _harness.Time.LiveTimers);
    }

    [Fact]
    public async Task Key_is_in_no_log_line_even_where_the_factory_s_own_logging_is_asked_for()
    {
        _harness.Services.ConfigureHttpClientDefaults(defaults => defaults.RedactLoggedHeaders(["X-Other"]));
        _harness.Configure = downlink => downlink.ConfigureHttpClients(http => http.AddDefaultLogger());
        await _harness.StartAsync();
        (await _harness.Server.SyncAsync()).Answer(HttpStatusCode.InternalServerError, $"your key is {ClientHarness.Key}", "text/plain");
        (await _harness.Server.EventsAsync()).Answer(HttpStatusCode.BadGateway, $"Bearer {ClientHarness.Key}", "text/plain");
        await _harness.Handler.StatusAsync(DownlinkState.Waiting);
        await _harness.Handler.SyncedAsync();
        await _harness.StopAsync();

        Assert.Contains(_harness.Logs.Lines, line => line.Contains("Authorization: *", StringComparison.Ordinal));
        Assert.DoesNotContain(_harness.Logs.Lines, line => line.Contains(ClientHarness.Key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Http_clients_log_nothing_unless_asked()
    {
        await _harness.StartAsync();
        (await _harness.Server.SyncAsync()).Json("{}");
        await _harness.Handler.SyncedAsync();
        await _harness.StopAsync();
        Assert.DoesNotContain(_harness.Logs.Lines, line => line.StartsWith("System.Net.Http", StringComparison.Ordinal));
    }

    [Fact]
    public void Stream_and_requests_have_a_handler_each_as_the_downlink_wants_it_and_the_application_may_change_it()
    {
        var services = new ServiceCollection();
        var made = new List<SocketsHttpHandler>();
        AgentDownlinkBuilder downlink = Added(services);
        downlink.ConfigureHttpClients(http => http.UseSocketsHttpHandler((handler, _) =>
        {
            handler.Proxy = new WebProxy("http://proxy.example:3128");
            made.Add(handler);
        }));
        using ServiceProvider provider = services.BuildServiceProvider();
        _ = provider.GetRequiredService<AgentDownlink>();

        Assert.Equal(2, made.Distinct().Count());
        Assert.All(made, handler =>
        {
            Assert.False(handler.AllowAutoRedirect);
            Assert.False(handler.UseCookies);
            Assert.Equal(DecompressionMethods.None, handler.AutomaticDecompression);
            Assert.Equal(TimeSpan.FromSeconds(7), handler.ConnectTimeout);
        });
    }

    [Fact]
    public async Task Defaults_for_all_clients_put_no_handler_and_no_timeout_around_a_stream_and_the_application_s_own_handler_stays()
    {
        var around = new List<string>();
        _harness.Configure = downlink => downlink.StreamClient.AddHttpMessageHandler(() => new NotedHandler("own", around));
        _harness.Services.ConfigureHttpClientDefaults(defaults => defaults
            .AddHttpMessageHandler(() => new NotedHandler("default", around))
            .ConfigureHttpClient(http => http.Timeout = TimeSpan.FromMilliseconds(1)));
        await _harness.StartAsync();
        (await _harness.Server.SyncAsync()).Json("{}");
        PipeWriter stream = (await _harness.Server.EventsAsync()).Stream();
        await DownlinkHarness.SendAsync(stream, ": hb\n");
        await _harness.Handler.StatusAsync(DownlinkState.Live);
        await _harness.StopAsync();
        Assert.Equal(["own"], around);
    }

    [Theory]
    [InlineData(null, "1.1")]
    [InlineData("2.0", "2.0")]
    public async Task Http_version_is_that_of_the_clients(string? configured, string version)
    {
        if (configured is not null)
        {
            _harness.Configure = downlink => downlink.ConfigureHttpClients(
                client => client.ConfigureHttpClient(http => http.DefaultRequestVersion = Version.Parse(configured)));
        }

        await _harness.StartAsync();
        ScriptedRequest sync = await _harness.Server.SyncAsync();
        ScriptedRequest events = await _harness.Server.EventsAsync();
        Assert.All([sync, events], request => Assert.Equal(Version.Parse(version), request.Message.Version));
        Assert.All([sync, events], request => Assert.Equal(HttpVersionPolicy.RequestVersionOrLower, request.Message.VersionPolicy));
        sync.Json("{}");
        await _harness.Handler.SyncedAsync();
        await _harness.StopAsync();
    }

    [Fact]
    public async Task Metrics_are_those_of_the_host_s_meter_factory()
    {
        using var recorded = new RecordedMetrics();
        _harness.Services.AddSingleton<System.Diagnostics.Metrics.IMeterFactory>(recorded);
        await _harness.StartAsync();
        (await _harness.Server.SyncAsync()).Json("{}");
        await _harness.Handler.SyncedAsync();
        await _harness.StopAsync();
        Assert.Single(recorded.Values("unarr.downlink.sync.duration", "unarr.sync.reason=start,unarr.outcome=ok"));
        Assert.DoesNotContain(recorded.Lines, line => line.Contains(ClientHarness.Key, StringComparison.Ordinal));
    }

    [Fact]
    public void Second_downlink_of_the_same_name_is_refused()
    {
        var services = new ServiceCollection();
        Added(services);
        Added(services, "east");
        Assert.Throws<InvalidOperationException>(() => Added(services));
        Assert.Throws<InvalidOperationException>(() => Added(services, "east"));
    }

    [Fact]
    public void Named_downlinks_have_handler_trigger_and_options_of_their_own()
    {
        var services = new ServiceCollection();
        services.AddSingleton("the key");
        foreach (string name in (string[])["east", "west"])
        {
            AgentDownlinkBuilder builder = services.AddAgentDownlink<NamedHandler>(
                options => options.Servers.Add(new Uri($"https://{name}.example")), name);
            Assert.Equal(name, builder.UseApiKey<string>((key, _) => ValueTask.FromResult(key)).Name);
        }

        using ServiceProvider provider = services.BuildServiceProvider();
        AgentDownlink east = provider.GetRequiredKeyedService<AgentDownlink>("east");
        AgentDownlink west = provider.GetRequiredKeyedService<AgentDownlink>("west");

        Assert.NotSame(east, west);
        Assert.Equal("east", provider.GetRequiredKeyedService<NamedHandler>("east").Name);
        Assert.Equal("west", provider.GetRequiredKeyedService<NamedHandler>("west").Name);
        Assert.Same(east.SyncTrigger, provider.GetRequiredKeyedService<SyncTrigger>("east"));
        Assert.Same(west.SyncTrigger, provider.GetRequiredKeyedService<SyncTrigger>("west"));
        Assert.Equal(2, provider.GetServices<IHostedService>().Count());
        Assert.Null(provider.GetService<AgentDownlink>());
    }

    [Fact]
    public void Handler_and_key_are_made_with_services()
    {
        var services = new ServiceCollection();
        services.AddSingleton("the key");
        services.AddAgentDownlink<NeedyHandler>(options => options.Servers.Add(new Uri("https://a.example")))
            .UseApiKey<NeedyKey>((key, _) => ValueTask.FromResult(key.Value));
        services.AddSingleton<NeedyKey>();
        using ServiceProvider provider = services.BuildServiceProvider();
        _ = provider.GetRequiredService<AgentDownlink>();
        Assert.Equal("the key", provider.GetRequiredService<NeedyHandler>().Needed);
    }

    private static AgentDownlinkBuilder Added(IServiceCollection services, string? name = null) => services
        .AddAgentDownlink<RecordingHandler>(options =>
        {
            options.Servers.Add(new Uri("https://a.example"));
            options.ConnectTimeout = TimeSpan.FromSeconds(7);
        }, name)
        .UseApiKey<TimeProvider>((_, _) => ValueTask.FromResult(ClientHarness.Key));

    private sealed class NotedHandler(string name, List<string> around) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            lock (around)
            {
                around.Add(name);
            }

            return base.SendAsync(request, cancellationToken);
        }
    }

    private sealed class NeedyKey(string key)
    {
        public string Value => key;
    }

    private sealed class NamedHandler([ServiceKey] string name) : DownlinkHandler
    {
        public string Name => name;

        public override ValueTask HandleControlAsync(Control control, ControlDelivery delivery, CancellationToken cancellationToken) =>
            ValueTask.CompletedTask;
    }

    private sealed class NeedyHandler(string needed) : DownlinkHandler
    {
        public string Needed { get; } = needed;

        public override ValueTask HandleControlAsync(Control control, ControlDelivery delivery, CancellationToken cancellationToken) =>
            ValueTask.CompletedTask;
    }
}
