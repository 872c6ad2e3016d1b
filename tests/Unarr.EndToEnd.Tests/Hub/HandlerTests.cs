using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Unarr.Agents.Protocol;
using Unarr.EndToEnd.Tests.ControlPlane;

namespace Unarr.EndToEnd.Tests.Hub;

public sealed class HandlerTests
{
    private readonly Heard _heard = new();

    [Fact]
    public async Task Sync_s_members_are_read_and_the_answer_s_are_written_beside_the_protocol_s()
    {
        await using RunningBackend backend = await StartAsync();
        string id = (await backend.Hub.PushAsync("a1", new Control("pause"))).ControlIds[0];

        Answer answer = await backend.SyncAsync("a1", ""","name":"n","version":"7","running":3,"controls":[1]""", after: "");

        Assert.Equal("3 for a1", answer.Json.GetProperty("motto").GetString());
        Assert.Equal([id], answer.ControlIds);
        Assert.False(answer.Json.GetProperty("watching").GetBoolean());
        AgentInfo agent = Assert.Single(_heard.Agents);
        Assert.Equal(("a1", "n", "7", 1), (agent.Id, agent.Name, agent.Version, agent.PendingCount));
        Assert.NotNull(agent.LastSync);
    }

    [Fact]
    public async Task Control_that_is_pushed_in_a_sync_goes_out_with_its_answer()
    {
        _heard.OnSync = (hub, sync) => hub.PushAsync(sync.Agent.Id, new Control("from-sync"));
        await using RunningBackend backend = await StartAsync();
        Answer answer = await backend.SyncAsync("a1", after: "");
        Assert.Equal("from-sync", answer.Json.GetProperty("controls")[0].GetProperty("action").GetString());
    }

    [Fact]
    public async Task Handler_that_fails_in_a_sync_loses_no_control_and_no_acknowledgement()
    {
        await using RunningBackend backend = await StartAsync();
        string[] ids = [.. (await backend.Hub.PushAsync("a1", [new Control("pause"), new Control("resume")])).ControlIds];
        _heard.OnSync = (_, _) => throw new InvalidOperationException("no");

        // One of an agent that acknowledges, one of an agent that does not.
        Assert.Equal(500, (await backend.SyncAsync("a1", $$""","appliedControls":["{{ids[0]}}"]""")).Status);
        Assert.Equal(500, (await backend.SyncAsync("a1")).Status);
        Assert.Equal([ControlState.Pending, ControlState.Applied], await backend.StatesAsync("a1"));

        _heard.OnSync = null;
        Assert.Equal([ids[1]], (await backend.SyncAsync("a1")).ControlIds);
    }

    [Fact]
    public async Task Body_of_a_sync_is_valid_during_the_call_only()
    {
        AgentSync? kept = null;
        _heard.OnSync = (_, sync) =>
        {
            kept = sync;
            return Task.CompletedTask;
        };
        await using RunningBackend backend = await StartAsync();
        await backend.SyncAsync("a1");
        Assert.Throws<InvalidOperationException>(() => Encoding.UTF8.GetString(kept!.Request.Utf8Json));
        Assert.Throws<InvalidOperationException>(() => kept!.Answer.Write(new Orders("late"), AppJson.Default.Orders));
    }

    [Fact]
    public async Task Answer_that_no_agent_would_read_is_an_error_of_the_handler()
    {
        _heard.OnSync = (_, sync) =>
        {
            sync.Answer.Write(new Orders(new string('m', 512 * 1024)), AppJson.Default.Orders);
            return Task.CompletedTask;
        };
        await using RunningBackend backend = await StartAsync();
        Assert.Equal(500, (await backend.SyncAsync("a1")).Status);
    }

    [Fact]
    public async Task Handler_that_writes_a_member_of_the_protocol_s_has_failed_and_hands_out_nothing()
    {
        _heard.OnSync = (_, sync) =>
        {
            sync.Answer.Write(new OwnWatching(true), AppJson.Default.OwnWatching);
            return Task.CompletedTask;
        };
        await using RunningBackend backend = await StartAsync();
        await backend.Hub.PushAsync("a1", new Control("pause"));
        Assert.Equal(500, (await backend.SyncAsync("a1")).Status);
        Assert.Equal([ControlState.Pending], await backend.StatesAsync("a1"));
    }

    [Fact]
    public async Task Sync_that_does_not_fit_what_the_handler_reads_is_400_and_names_the_member()
    {
        await using RunningBackend backend = await StartAsync();
        string[] ids = [.. (await backend.Hub.PushAsync("a1", [new Control("pause"), new Control("resume")])).ControlIds];
        Answer misfit = await backend.SyncAsync("a1", $$""","running":"seven","appliedControls":["{{ids[0]}}"]""");
        Assert.Equal(400, misfit.Status);
        Assert.Contains("$.running", misfit.Error, StringComparison.Ordinal);
        Assert.Equal([ControlState.Pending, ControlState.Applied], await backend.StatesAsync("a1"));

        // What the handler reads otherwise is no fault of the agent's.
        _heard.OnSync = (_, _) => throw new JsonException("of my own");
        Assert.Equal(500, (await backend.SyncAsync("a1")).Status);
    }

    [Fact]
    public async Task Handler_that_does_not_return_holds_up_the_syncs_of_its_agent_alone_and_few_of_them()
    {
        TaskCompletionSource goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _heard.OnSync = (_, sync) => sync.Agent.Id == "a1" ? goOn.Task : Task.CompletedTask;
        await using RunningBackend backend = await StartAsync();
        Task<Answer>[] syncs = [.. Enumerable.Range(0, 65).Select(_ => backend.SyncAsync("a1"))];
        Answer refused = await await Task.WhenAny(syncs);
        Assert.Equal(429, refused.Status);
        Assert.NotNull(refused.Headers.RetryAfter);

        Assert.Equal(200, (await backend.SyncAsync("a2")).Status);
        await using AgentEvents events = await backend.OpenStreamAsync("a1");
        await backend.Hub.PushAsync("a1", new Control("pause"));
        Assert.StartsWith("command ", await events.NextAsync(), StringComparison.Ordinal);

        goOn.SetResult();
        Assert.Equal(64, (await Task.WhenAll(syncs)).Count(answer => answer.Status == 200));
        Assert.Equal(200, (await backend.SyncAsync("a1")).Status);
    }

    [Fact]
    public async Task Agent_that_is_removed_in_its_sync_and_comes_back_at_once_is_heard_to_leave_and_then_to_come()
    {
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using RunningBackend backend = await StartAsync();
        await using AgentEvents events = await backend.OpenStreamAsync("a1");
        Assert.Equal("connected a1 Stream", await _heard.NextAsync());
        _heard.OnSync = (_, _) =>
        {
            begun.SetResult();
            return goOn.Task;
        };
        await backend.Hub.PushAsync("a1", new Control("pause"));
        Task<Answer> sync = backend.SyncAsync("a1");
        await begun.Task.WaitAsync(backend.Deadline);

        await backend.Hub.RemoveAgentAsync("a1");
        await using AgentEvents again = await backend.OpenStreamAsync("a1");
        Assert.Equal(0, _heard.Count);
        goOn.SetResult();

        Assert.StartsWith("disconnected a1", await _heard.NextAsync(), StringComparison.Ordinal);
        Assert.Equal("connected a1 Stream", await _heard.NextAsync());
        Assert.Equal(401, (await sync).Status);
        await again.DisposeAsync();
        Assert.Equal("disconnected a1 None", await _heard.NextAsync());
        Assert.Equal(0, _heard.Count);
    }

    [Fact]
    public async Task Full_queue_and_large_members_fit_what_an_agent_reads()
    {
        string motto = new('m', 500 * 1024);
        _heard.OnSync = (_, sync) =>
        {
            sync.Answer.Write(new Orders(motto), AppJson.Default.Orders);
            return Task.CompletedTask;
        };
        await using RunningBackend backend = await StartAsync();
        Control large = new("set") { Parameters = Encoding.UTF8.GetBytes($"\"{new string('p', 60 * 1024)}\"") };
        string[] ids = [.. (await backend.Hub.PushAsync("a1", [.. Enumerable.Repeat(large, 12)])).ControlIds];

        List<string> got = [];
        while (got.Count < ids.Length)
        {
            Answer answer = await backend.SyncAsync("a1", after: got.LastOrDefault() ?? "");
            Assert.InRange(answer.Json.GetRawText().Length, 1, 1024 * 1024);
            Assert.NotEmpty(answer.ControlIds);
            got.AddRange(answer.ControlIds);
        }

        Assert.Equal(ids, got);
    }

    [Fact]
    public async Task Agent_connects_with_its_first_route_and_disconnects_with_its_last()
    {
        await using RunningBackend backend = await StartAsync();
        AgentEvents events = await backend.OpenStreamAsync("a1");
        Assert.Equal("connected a1 Stream", await _heard.NextAsync());
        Task<Answer> poll = backend.WakeAsync("a1");
        await UntilAsync(backend, DownlinkRoutes.Stream | DownlinkRoutes.LongPoll);
        await events.DisposeAsync();
        await UntilAsync(backend, DownlinkRoutes.LongPoll);
        await backend.Hub.RequestSyncAsync("a1");
        Assert.True((await poll).Wake);

        // Between two polls an agent is there; when no other comes for some time it is not.
        Task<string> disconnected = _heard.NextAsync();
        int seconds = 0;
        while (!disconnected.IsCompleted)
        {
            backend.Time.Advance(TimeSpan.FromSeconds(1));
            seconds++;
            await Task.WhenAny(disconnected, Task.Run(() => { }));
        }

        Assert.InRange(seconds, 5, int.MaxValue);
        Assert.Equal("disconnected a1 None", await disconnected);

        await using AgentEvents again = await backend.OpenStreamAsync("a1");
        Assert.Equal("connected a1 Stream", await _heard.NextAsync());
        await backend.StopAsync();
        Assert.Equal("disconnected a1 None", await _heard.NextAsync());
    }

    [Fact]
    public async Task Each_end_of_a_control_is_heard_once()
    {
        await using RunningBackend backend = await StartAsync();
        string[] ids = [.. (await backend.Hub.PushAsync(
            "a1", [new Control("applied"), new Control("failed"), new Control("withdrawn"), new Control("left")])).ControlIds];
        await backend.Hub.PushAsync(new PushRequest
        {
            AgentIds = ["a1"],
            Controls = [new Control("expired")],
            ExpiresAfter = TimeSpan.FromMinutes(1),
        });
        string acknowledged = $$""","appliedControls":["{{ids[0]}}"],"failedControls":[{"id":"{{ids[1]}}","error":"why"}]""";

        await backend.SyncAsync("a1", acknowledged);
        Assert.Equal("ended applied Applied", await _heard.NextAsync());
        Assert.Equal("ended failed Failed why", await _heard.NextAsync());
        await backend.SyncAsync("a1", acknowledged);
        await backend.Hub.WithdrawAsync("a1", ids[2]);
        Assert.Equal("ended withdrawn Withdrawn", await _heard.NextAsync());
        backend.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("ended expired Expired", await _heard.NextAsync());

        // What the agent did in spite of that is shown, and is no second end.
        await backend.SyncAsync("a1", $$""","appliedControls":["{{ids[2]}}"]""");
        await backend.SyncAsync("a1");
        Assert.Equal("ended left HandedOut", await _heard.NextAsync());
        Assert.Equal(0, _heard.Count);
    }

    [Fact]
    public async Task Calls_of_one_agent_come_one_at_a_time_and_those_of_others_at_once()
    {
        TaskCompletionSource goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int running = 0;
        int most = 0;
        ConcurrentDictionary<string, bool> begun = new();
        TaskCompletionSource both = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _heard.OnSync = async (_, sync) =>
        {
            if (sync.Agent.Id == "a1")
            {
                most = Math.Max(most, Interlocked.Increment(ref running));
            }

            begun[sync.Agent.Id] = true;
            if (begun.Count == 2)
            {
                both.TrySetResult();
            }

            await goOn.Task;
            if (sync.Agent.Id == "a1")
            {
                Interlocked.Decrement(ref running);
            }
        };
        await using RunningBackend backend = await StartAsync();
        Task<Answer>[] syncs = [.. new[] { "a1", "a1", "a1", "a2" }.Select(agent => backend.SyncAsync(agent))];
        await both.Task.WaitAsync(backend.Deadline);
        goOn.SetResult();
        Assert.All(await Task.WhenAll(syncs), answer => Assert.Equal(200, answer.Status));
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task Exception_of_a_call_that_nobody_waits_for_is_logged_and_the_next_call_comes()
    {
        await using RunningBackend backend = await StartAsync();
        _heard.FailAt = "ended first Withdrawn";
        string[] ids = [.. (await backend.Hub.PushAsync("a1", [new Control("first"), new Control("second")])).ControlIds];
        await backend.Hub.WithdrawAsync("a1", ids[0]);
        await backend.Hub.WithdrawAsync("a1", ids[1]);
        Assert.Equal("ended first Withdrawn", await _heard.NextAsync());
        Assert.Equal("ended second Withdrawn", await _heard.NextAsync());
        Assert.Equal([ControlState.Withdrawn, ControlState.Withdrawn], await backend.StatesAsync("a1"));
    }

    [Fact]
    public async Task Handler_has_a_scope_for_each_call()
    {
        await using RunningBackend backend = await StartAsync();
        await backend.SyncAsync("a1");
        await backend.SyncAsync("a1");
        Assert.Equal(2, _heard.Scopes.Distinct().Count());
        Assert.All(_heard.Scopes, scope => Assert.True(scope.IsDisposed));
    }

    private static async Task UntilAsync(RunningBackend backend, DownlinkRoutes routes)
    {
        await foreach (AgentChanges changes in backend.Hub.FollowAgentsAsync(backend.Deadline))
        {
            if (changes.Changed.Any(agent => agent.Routes == routes))
            {
                return;
            }

            backend.Time.Advance(TimeSpan.FromMilliseconds(200));
        }
    }

    private Task<RunningBackend> StartAsync() => RunningBackend.StartAsync(
        hub => hub.UseHandler<Recording>(),
        services: services =>
        {
            RunningBackend.AddHeaderScheme(services);
            services.AddSingleton(_heard).AddScoped<CallScope>();
        });

    internal sealed class CallScope : IDisposable
    {
        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }

    internal sealed class Heard
    {
        private readonly System.Threading.Channels.Channel<string> _lines =
            System.Threading.Channels.Channel.CreateUnbounded<string>();

        public ConcurrentQueue<AgentInfo> Agents { get; } = [];

        public ConcurrentQueue<CallScope> Scopes { get; } = [];

        public Func<AgentHub, AgentSync, Task>? OnSync { get; set; }

        public string? FailAt { get; set; }

        public int Count => _lines.Reader.Count;

        public void Add(string line)
        {
            _lines.Writer.TryWrite(line);
            if (line == FailAt)
            {
                throw new InvalidOperationException("no");
            }
        }

        public async Task<string> NextAsync() => await _lines.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
    }

    internal sealed class Recording(Heard heard, CallScope scope, AgentHub hub) : AgentHubHandler
    {
        public override ValueTask OnConnectedAsync(AgentInfo agent, CancellationToken cancellationToken) =>
            AddAsync($"connected {agent.Id} {agent.Routes}");

        public override ValueTask OnDisconnectedAsync(AgentInfo agent, CancellationToken cancellationToken) =>
            AddAsync($"disconnected {agent.Id} {agent.Routes}");

        public override async ValueTask OnSyncAsync(AgentSync sync, CancellationToken cancellationToken)
        {
            heard.Agents.Enqueue(sync.Agent);
            heard.Scopes.Enqueue(scope);
            int running = sync.Request.Read(AppJson.Default.Report).Running;
            await (heard.OnSync?.Invoke(hub, sync) ?? Task.CompletedTask);
            if (heard.OnSync is null)
            {
                sync.Answer.Write(new Orders($"{running} for {sync.Agent.Id}"), AppJson.Default.Orders);
            }
        }

        public override ValueTask OnControlEndedAsync(ControlRecord control, CancellationToken cancellationToken) =>
            AddAsync($"ended {control.Control.Action} {control.State} {control.Error}".TrimEnd());

        private ValueTask AddAsync(string line)
        {
            heard.Add(line);
            return ValueTask.CompletedTask;
        }
    }
}
