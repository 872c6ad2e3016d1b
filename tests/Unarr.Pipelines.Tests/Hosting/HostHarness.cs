using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Unarr.Agents.Downlink.Hosting;
using Unarr.Pipelines.Tests.Downlink;
using Unarr.Pipelines.Tests.Http;

namespace Unarr.Pipelines.Tests.Hosting;

/// <summary>A host with a downlink, on a scripted network in virtual time, that logs everything.</summary>
internal sealed class HostHarness : IAsyncDisposable
{
    private readonly HostApplicationBuilder _builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
    private IHost? _host;

    public HostHarness()
    {
        _builder.Configuration.AddInMemoryCollection(Configuration);
        _builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(Logs);
        _builder.Services.AddSingleton<TimeProvider>(Time);
        _builder.Services.AddSingleton(Handler);
    }

    public Dictionary<string, string?> Configuration { get; } = new()
    {
        ["Downlink:Servers:0"] = "https://a.example",
        ["Downlink:AgentId"] = "agent-1",
        ["Downlink:Hedging"] = "false",
        ["Downlink:SyncInterval"] = "20:00:00",
    };

    public ScriptedServer Server { get; } = new();

    public ObservedTime Time { get; } = new();

    public RecordingHandler Handler { get; } = new();

    public CapturedLogs Logs { get; } = new();

    public IServiceCollection Services => _builder.Services;

    public IServiceProvider Provider => _host!.Services;

    /// <summary>Changes what the downlink's builder has; by default it gives the key and the scripted network.</summary>
    public Action<AgentDownlinkBuilder> Configure { get; set; } = _ => { };

    /// <summary>Builds the host with what was configured.</summary>
    public IHost Build(bool givesKey = true)
    {
        _builder.Configuration.AddInMemoryCollection(Configuration);
        AgentDownlinkBuilder downlink = Services.AddAgentDownlink<RecordingHandler>(_builder.Configuration.GetSection("Downlink"));
        downlink.ConfigureHttpClients(http => http.ConfigurePrimaryHttpMessageHandler(() => Server));
        if (givesKey)
        {
            downlink.UseApiKey<TimeProvider>((_, _) => ValueTask.FromResult(ClientHarness.Key));
        }

        Configure(downlink);
        return _host = _builder.Build();
    }

    public async Task<IHost> StartAsync()
    {
        IHost host = Build();
        await host.StartAsync();
        return host;
    }

    /// <summary>Stops the host, answering the last sync.</summary>
    public async Task StopAsync()
    {
        Task stopping = _host!.StopAsync();
        (await Server.SyncAsync()).Json("{}");
        await Signal.Of(stopping, "the host's stop");
    }

    public ValueTask DisposeAsync()
    {
        _host?.Dispose();
        return ValueTask.CompletedTask;
    }
}
