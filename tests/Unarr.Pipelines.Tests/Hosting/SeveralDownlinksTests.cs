using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;
using Unarr.Pipelines.Tests.Http;
using Xunit;

namespace Unarr.Pipelines.Tests.Hosting;

/// <summary>Two downlinks in one host, written as a stranger writes them, and the tests that a stranger writes.</summary>
public sealed class SeveralDownlinksTests : IDisposable
{
    private readonly string _key = Path.GetTempFileName();

    public void Dispose() => File.Delete(_key);

    [Fact]
    public async Task Two_named_downlinks_run_with_servers_handlers_and_health_checks_of_their_own()
    {
        await File.WriteAllTextAsync(_key, "the-key");
        using ScriptedServer east = new();
        using ScriptedServer west = new();
        ObservedTime time = new();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(
            from name in (string[])["East", "West"]
            from setting in new Dictionary<string, string?>
            {
                ["Servers:0"] = $"https://{name}.example",
                ["ApiKeyFile"] = _key,
                ["Mode"] = "LongPoll",
                ["SyncInterval"] = "20:00:00",
            }
            select KeyValuePair.Create($"{name}:{setting.Key}", setting.Value));
        builder.Services.AddSingleton<TimeProvider>(time).AddSingleton<JobRunner>();
        builder.Services.AddHealthChecks().AddAgentDownlinks();
        foreach ((string name, ScriptedServer server) in new[] { ("East", east), ("West", west) })
        {
            builder.Services.AddAgentDownlink<JobAgent>(builder.Configuration.GetSection(name), name)
                .ConfigureHttpClients(http => http.ConfigurePrimaryHttpMessageHandler(() => server));
        }

        using IHost host = builder.Build();
        await host.StartAsync();
        Assert.Equal("West", host.Services.GetRequiredKeyedService<JobAgent>("West").Hub);

        (await west.SyncAsync()).Json("""
            {"controls":[{"action":"start","taskId":"t1","params":{"command":"true"}},{"action":"start","taskId":"t2","params":{
            "command":"true"}},{"action":"cancel","taskId":"t2"}],"motto":"no haste"}
            """);
        ScriptedRequest first = await east.SyncAsync();
        Assert.Equal("east.example", first.Message.RequestUri!.Host);
        Assert.Equal("the-key", first.Message.Headers.Authorization?.Parameter);
        first.Json("{}");

        // What came by the one has asked the other for a sync.
        int running;
        do
        {
            ScriptedRequest asked = await east.SyncAsync();
            running = JsonElement.Parse(asked.Body!).GetProperty("running").GetInt32();
            asked.Json("{}");
        }
        while (running == 0);
        Assert.Equal("no haste", host.Services.GetRequiredService<JobRunner>().Motto);
        (await west.WakeAsync()).Json("""{"wake":false}""");
        await west.WakeAsync();
        await east.WakeAsync();

        HealthReport health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(HealthStatus.Degraded, health.Entries["downlink:East"].Status);
        Assert.Equal(HealthStatus.Healthy, health.Entries["downlink:West"].Status);
        DownlinkStatus[] statuses =
        [
            .. ((string[])["East", "West"]).Select(name => host.Services.GetRequiredKeyedService<AgentDownlink>(name).Status),
        ];
        Assert.Equal([false, true], statuses.Select(status => status.IsCovered));
        Assert.Contains(
            "\"state\":\"Polling\"", JsonSerializer.Serialize(statuses, AgentJson.Default.DownlinkStatusArray), StringComparison.Ordinal);

        Task stopping = host.StopAsync();
        await Signal.Of(Task.WhenAll(west.AnswerSyncsAsync(stopping), east.AnswerSyncsAsync(stopping), stopping), "the host's stop");
    }

    [Fact]
    public async Task What_it_does_not_know_is_rejected() => await Assert.ThrowsAsync<ControlRejectedException>(
        async () => await new JobAgent(new JobRunner(new SyncTrigger()), "East").HandleControlAsync(
            new Control("dance"), default, default));

    [Fact]
    public async Task A_limit_is_set()
    {
        var jobs = new JobRunner(new SyncTrigger());
        var agent = new JobAgent(jobs, "East");
        await agent.HandleControlAsync(Control.Create("set-limit", new Limit(5), AgentJson.Default.Limit), default, default);
        Assert.Equal(new Limit(5), jobs.Limit);
        await Assert.ThrowsAsync<ControlRejectedException>(
            async () => await agent.HandleControlAsync(new Control("set-limit"), default, default));
    }

    [Fact]
    public async Task An_event_and_an_answer_are_made_by_a_test()
    {
        var jobs = new JobRunner(new SyncTrigger());
        var agent = new JobAgent(jobs, "East");
        ValueTask refreshing = agent.HandleEventAsync(new DownlinkEvent("refresh", "{}"u8.ToArray()), default);
        Assert.Equal(("East", false), (jobs.Refreshed, refreshing.IsCompleted));
        await agent.OnSyncedAsync(new SyncReport { Answer = SyncBody.Parse("""{"controls":[],"motto":"no haste"}"""u8) }, default);
        Assert.Equal("no haste", jobs.Motto);
        await agent.OnSyncedAsync(new SyncReport(), default);
        Assert.Equal("no haste", jobs.Motto);
    }

    [Fact]
    public async Task A_sync_says_how_many_run()
    {
        var jobs = new JobRunner(new SyncTrigger());
        var start = Control.Create("start", new JobSpec("true"), AgentJson.Default.JobSpec, "t1");
        await new JobAgent(jobs, "East").HandleControlAsync(start, default, default);
        var request = new SyncBody();
        await new JobAgent(jobs, "East").PrepareSyncAsync(request, default);
        Assert.Equal(1, request.Read(AgentJson.Default.JobReport).Running);
    }
}
