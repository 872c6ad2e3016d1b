using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Unarr.Agents.Protocol;
using Unarr.EndToEnd.Tests.ControlPlane;
using Unarr.EndToEnd.Tests.Page;

namespace Unarr.EndToEnd.Tests.Hub;

public sealed class FailureTests
{
    [Fact]
    public async Task Store_that_fails_is_503_and_nothing_is_acknowledged_and_the_health_check_says_it()
    {
        FailingStore store = new();
        await using RunningBackend backend = await RunningBackend.StartAsync(
            hub => hub.UseStore(store).Services.AddHealthChecks().AddAgentHub());
        string id = (await backend.Hub.PushAsync("a1", new Control("pause"))).ControlIds[0];
        Assert.Equal(HealthStatus.Healthy, await HealthAsync(backend));

        store.Fails = true;
        Answer sync = await backend.SyncAsync("a1", $$""","appliedControls":["{{id}}"]""");
        Assert.Equal((503, "The store cannot be used: it is away."), (sync.Status, sync.Error));
        Assert.NotNull(sync.Headers.RetryAfter);
        Assert.Equal(503, (await backend.WakeAsync("a2")).Status);
        await Assert.ThrowsAsync<ControlStoreException>(() => backend.Hub.PushAsync("a1", new Control("pause")));
        await Assert.ThrowsAsync<ControlStoreException>(() => backend.Hub.GetAgentsAsync());
        Assert.Equal(HealthStatus.Unhealthy, await HealthAsync(backend));

        store.Fails = false;
        Assert.Equal([ControlState.Pending], await backend.StatesAsync("a1"));
        Assert.Equal([id], (await backend.SyncAsync("a1", after: "")).ControlIds);
        Assert.Equal(HealthStatus.Healthy, await HealthAsync(backend));
    }

    [Fact]
    public async Task Endpoint_of_an_application_with_an_exception_handler_answers_503_while_the_store_fails()
    {
        FailingStore store = new();
        await using RunningBackend backend = await RunningBackend.StartAsync(
            hub => hub.UseStore(store),
            services: static services =>
            {
                RunningBackend.AddHeaderScheme(services);
                services.AddProblemDetails();
            },
            map: static app =>
            {
                app.UseExceptionHandler();
                app.MapAgentHub();
                app.MapPost("/push", async (AgentHub hub) => (await hub.PushAsync("a1", new Control("pause"))).ToHttpResult());
                app.MapPost("/fault", static IResult () => throw new InvalidOperationException("not the store's"));
            });
        Assert.Equal(202, (await backend.SendAsync(HttpMethod.Post, "/push", "a1")).Status);

        store.Fails = true;
        Answer refused = await backend.SendAsync(HttpMethod.Post, "/push", "a1");
        Assert.Equal((503, "The store cannot be used: it is away."), (refused.Status, refused.Error));
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal(500, (await backend.SendAsync(HttpMethod.Post, "/fault", "a1")).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Store_that_throws_what_it_may_not_is_a_store_that_fails_and_says_nothing_of_itself(bool throwsLater)
    {
        FailingStore store = new() { ThrowsLater = throwsLater };
        await using RunningBackend backend = await RunningBackend.StartAsync(
            hub => hub.UseStore(store).Services.AddHealthChecks().AddAgentHub());
        await using AgentEvents events = await backend.OpenStreamAsync("a1");
        string id = (await backend.Hub.PushAsync("a1", new Control("pause"))).ControlIds[0];
        Assert.StartsWith("command ", await CommandAsync(events), StringComparison.Ordinal);

        store.Failure = () => new InvalidOperationException("Host=db;Password=secret");
        Answer[] answers =
        [
            await backend.SyncAsync("a1", $$""","appliedControls":["{{id}}"]"""), await backend.SyncAsync("a1", after: ""),
            await backend.SyncAsync("a1"), await backend.WakeAsync("a2"),
        ];
        Assert.All(answers, answer => Assert.Equal(
            (503, "The store cannot be used: it threw InvalidOperationException."), (answer.Status, answer.Error)));
        Func<Task>[] calls =
        [
            () => backend.Hub.PushAsync("a1", new Control("pause")), () => backend.Hub.WithdrawAsync("a1", id),
            () => backend.Hub.GetAgentsAsync(), () => backend.Hub.FindAgentAsync("a1"), () => backend.Hub.GetControlsAsync("a1"),
            () => backend.Hub.RemoveAgentAsync("a1"),
        ];
        foreach (Func<Task> call in calls)
        {
            Assert.IsType<InvalidOperationException>((await Assert.ThrowsAsync<ControlStoreException>(call)).InnerException);
        }

        await Assert.ThrowsAsync<ControlStoreException>(async () => await backend.Hub.FollowAgentsAsync().FirstAsync(backend.Deadline));
        Assert.Equal(HealthStatus.Unhealthy, await HealthAsync(backend));

        // The stream lives on, and carries what comes when the store works again.
        store.Failure = null;
        string next = (await backend.Hub.PushAsync("a1", new Control("resume"))).ControlIds[0];
        Assert.Contains(next, await CommandAsync(events), StringComparison.Ordinal);
        Assert.Equal([ControlState.Pending, ControlState.Pending], await backend.StatesAsync("a1"));
    }

    [Fact]
    public async Task Store_that_fails_in_two_ways_in_turns_is_logged_once_for_each_until_it_works()
    {
        ConcurrentQueue<string> lines = [];
        FailingStore store = new();
        await using RunningBackend backend = await RunningBackend.StartAsync(
            hub => hub.UseStore(store).Services.AddLogging(logging => logging.AddProvider(new LineLog(lines.Enqueue))));
        for (int outage = 1; outage <= 2; outage++)
        {
            for (int i = 0; i < 6; i++)
            {
                string why = i % 2 == 0 ? "it is away" : "it did not answer";
                store.Failure = () => new ControlStoreException(why);
                await Assert.ThrowsAsync<ControlStoreException>(() => backend.Hub.PushAsync("a1", new Control("pause")));
            }

            Assert.Equal(outage, Lines("cannot be used: it is away"));
            Assert.Equal(outage, Lines("cannot be used: it did not answer"));
            store.Failure = null;
            await backend.Hub.PushAsync("a1", new Control("pause"));
            Assert.Equal(outage, Lines("The store can be used again"));
        }

        int Lines(string text) => lines.Count(line => line.Contains(text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"name":"n"}""", "\"agentId\" is missing")]
    [InlineData("""{"agentId":7}""", "\"agentId\"")]
    [InlineData("""{"agentId":"a1","tasks":7}""", "\"tasks\"")]
    [InlineData("""{"agentId":"a1","appliedControls":{}}""", "\"appliedControls\"")]
    [InlineData("""{"agentId":"a1","failedControls":[7]}""", "\"failedControls\"")]
    [InlineData("""{"agentId":"a1"}x""", "does not parse")]
    [InlineData("", "does not parse")]
    public async Task Sync_that_is_none_is_400_and_names_the_member(string body, string named)
    {
        await using RunningBackend backend = await RunningBackend.StartAsync();
        Answer answer = await backend.SendAsync(HttpMethod.Post, "/api/internal/agent/sync", "a1", body);
        Assert.Equal(400, answer.Status);
        Assert.Contains(named, answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sync_past_the_bound_is_413_with_the_bound_and_one_at_the_bound_is_read()
    {
        await using RunningBackend backend = await RunningBackend.StartAsync(options: options => options.MaxSyncBytes = 1000);
        const string Frame = """{"agentId":"a1","text":""}""";
        string text = new('t', 1000 - Frame.Length);
        Assert.Equal(200, (await SyncAsync($$"""{"agentId":"a1","text":"{{text}}"}""", isChunked: false)).Status);
        Assert.Equal(200, (await SyncAsync($$"""{"agentId":"a1","text":"{{text}}"}""", isChunked: true)).Status);
        foreach (bool isChunked in (bool[])[false, true])
        {
            Answer answer = await SyncAsync($$"""{"agentId":"a1","text":"{{text}}t"}""", isChunked);
            Assert.Equal(413, answer.Status);
            Assert.Contains("1000 bytes", answer.Error, StringComparison.Ordinal);
        }

        Task<Answer> SyncAsync(string body, bool isChunked)
        {
            HttpRequestMessage request = new(HttpMethod.Post, "/api/internal/agent/sync") { Content = new StringContent(body) };
            request.Headers.Add("X-User", "a1");
            request.Headers.TransferEncodingChunked = isChunked ? true : null;
            return backend.SendAsync(request);
        }
    }

    [Theory]
    [InlineData(nameof(AgentHubOptions.Heartbeat), "00:00:00.05")]
    [InlineData(nameof(AgentHubOptions.WakeHold), "00:00:29")]
    [InlineData(nameof(AgentHubOptions.MaxPendingControls), "4097")]
    [InlineData(nameof(AgentHubOptions.MaxPendingControls), "0")]
    [InlineData(nameof(AgentHubOptions.MaxSyncBytes), "255")]
    [InlineData(nameof(AgentHubOptions.DrainTime), "-00:00:01")]
    [InlineData(nameof(AgentHubOptions.AgentIdClaim), "")]
    public async Task Option_that_cannot_be_used_is_named_by_its_key_at_the_start(string key, string value)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Configuration[$"Hub:{key}"] = value;
        builder.Services.AddAgentHub(builder.Configuration.GetSection("Hub"));
        await using WebApplication application = builder.Build();
        OptionsValidationException refusal =
            await Assert.ThrowsAsync<OptionsValidationException>(() => application.StartAsync());
        Assert.Contains($"Hub:{key} ", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_happens_is_measured()
    {
        ConcurrentQueue<string> measured = [];
        using MeterListener listener = new();
        RunningBackend backend = await RunningBackend.StartAsync(options: options => options.MaxPendingControls = 2);
        await using (backend)
        {
            listener.InstrumentPublished = (instrument, me) =>
            {
                if (instrument.Meter.Scope == backend.Services.GetRequiredService<IMeterFactory>())
                {
                    me.EnableMeasurementEvents(instrument);
                }
            };
            listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, $"{value}", tags));
            listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Note(instrument, "", tags));
            listener.Start();
            await using (await backend.OpenStreamAsync("a1"))
            {
                PushResult result = await backend.Hub.PushAsync("a1", [new Control("pause"), new Control("resume")]);
                await backend.Hub.PushAsync("a1", new Control("pause"));
                await backend.SyncAsync("a1", $$""","appliedControls":["{{result.ControlIds[0]}}"]""");
                await backend.Hub.WithdrawAsync("a1", result.ControlIds[1]);
                await backend.Hub.SendEventAsync("a1", "refresh", "{}"u8.ToArray());
                await backend.Hub.SendEventAsync("a2", "refresh", "{}"u8.ToArray());
            }

            await backend.StopAsync();
        }

        string[] expected =
        [
            "unarr.hub.streams 1", "unarr.hub.controls.pushed 2", "unarr.hub.pushes.refused 1 full",
            "unarr.hub.controls.ended 1 applied", "unarr.hub.control.duration applied", "unarr.hub.sync.duration ok",
            "unarr.hub.controls.ended 1 withdrawn", "unarr.hub.events 1 taken", "unarr.hub.events 1 not_taken", "unarr.hub.streams -1",
        ];
        Assert.Empty(expected.Except(measured));

        void Note(Instrument instrument, string value, ReadOnlySpan<KeyValuePair<string, object?>> tags) => measured.Enqueue(
            string.Join(' ', new[] { instrument.Name, value, tags.Length > 0 ? $"{tags[0].Value}" : "" }.Where(part => part.Length > 0)));
    }

    private static async Task<string?> CommandAsync(AgentEvents events)
    {
        string? frame;
        do
        {
            frame = await events.NextAsync();
        }
        while (frame == ": hb");
        return frame;
    }

    private static async Task<HealthStatus> HealthAsync(RunningBackend backend) =>
        (await backend.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["agent-hub"].Status;

    /// <summary>A store of somebody else's over ours: its members alone, none that has a default.</summary>
    private sealed class FailingStore : ControlStore
    {
        private readonly Agents.Hub.Controls.InMemoryControlStore _store = new();

        public bool Fails
        {
            set => Failure = value ? static () => new ControlStoreException("it is away") : null;
        }

        /// <summary>What each call throws.</summary>
        public Func<Exception>? Failure { get; set; }

        /// <summary>Whether it is thrown when the call is awaited, and not by the call itself.</summary>
        public bool ThrowsLater { get; set; }

        public override ValueTask<IReadOnlyList<PushResult>> AddAsync(
            IReadOnlyList<ControlRecord> controls, int maxPending, CancellationToken cancellationToken) =>
            WorkAsync(store => store.AddAsync(controls, maxPending, cancellationToken));

        public override ValueTask<IReadOnlyList<ControlRecord>> GetPendingAsync(
            string agentId, long afterSequence, int maxCount, CancellationToken cancellationToken) =>
            WorkAsync(store => store.GetPendingAsync(agentId, afterSequence, maxCount, cancellationToken));

        public override ValueTask<IReadOnlyList<ControlRecord>> UpdateAsync(
            string agentId, IReadOnlyList<ControlUpdate> updates, CancellationToken cancellationToken) =>
            WorkAsync(store => store.UpdateAsync(agentId, updates, cancellationToken));

        public override ValueTask<IReadOnlyList<ControlRecord>> GetEndedAsync(string agentId, CancellationToken cancellationToken) =>
            WorkAsync(store => store.GetEndedAsync(agentId, cancellationToken));

        public override ValueTask<IReadOnlyDictionary<string, int>> CountPendingAsync(CancellationToken cancellationToken) =>
            WorkAsync(store => store.CountPendingAsync(cancellationToken));

        public override async ValueTask RemoveAgentAsync(string agentId, CancellationToken cancellationToken) =>
            await WorkAsync(async store =>
            {
                await store.RemoveAgentAsync(agentId, cancellationToken);
                return true;
            });

        private ValueTask<T> WorkAsync<T>(Func<ControlStore, ValueTask<T>> work) => Failure is not { } failure ? work(_store)
            : ThrowsLater ? ValueTask.FromException<T>(failure()) : throw failure();
    }
}
