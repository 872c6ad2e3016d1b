using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Unarr.Agents.Protocol;
using Unarr.EndToEnd.Tests.ControlPlane;

namespace Unarr.EndToEnd.Tests.Hub;

public sealed class PushTests
{
    [Fact]
    public async Task Parameters_reach_the_agent_by_stream_and_by_sync()
    {
        await using RunningBackend backend = await RunningBackend.StartAsync();
        await using AgentEvents events = await backend.OpenStreamAsync("a1");

        PushResult result = await backend.Hub.PushAsync("a1", Control.Create("set-limit", new Limit(1000), AppJson.Default.Limit));

        Assert.Equal(PushStatus.Queued, result.Status);
        string id = Assert.Single(result.ControlIds);
        string command = (await events.NextAsync())!;
        Assert.StartsWith("command ", command, StringComparison.Ordinal);
        Assert.Contains($"\"id\":\"{id}\"", command, StringComparison.Ordinal);
        Assert.Contains("\"params\":{\"bytesPerSecond\":1000}", command, StringComparison.Ordinal);
        Answer sync = await backend.SyncAsync("a1", after: "");
        Assert.Equal(1000, sync.Json.GetProperty("controls")[0].GetProperty("params").GetProperty("bytesPerSecond").GetInt32());
        ControlRecord record = Assert.Single(await backend.Hub.GetControlsAsync("a1"));
        Assert.Equal(new Limit(1000), record.Control.ReadParameters(AppJson.Default.Limit));
        Assert.Equal(result.LastSequence, record.Sequence);
    }

    [Fact]
    public async Task Push_to_many_agents_has_one_outcome_for_each_in_their_order()
    {
        await using RunningBackend backend = await RunningBackend.StartAsync(
            hub => hub.UseHandler<OnlyKnown>(), options => options.MaxPendingControls = 2);
        await backend.Hub.PushAsync("a2", new Control("pause"));

        IReadOnlyList<PushResult> results = await backend.Hub.PushAsync(new PushRequest
        {
            AgentIds = ["a1", "nobody", "a2", "a3"],
            Controls = [new Control("pause", "t1"), new Control("resume", "t1")],
        });

        Assert.Equal(["a1", "nobody", "a2", "a3"], results.Select(result => result.AgentId));
        Assert.Equal(
            [PushStatus.Queued, PushStatus.UnknownAgent, PushStatus.Full, PushStatus.Queued], results.Select(result => result.Status));
        Assert.Equal([2, 0, 0, 2], results.Select(result => result.ControlIds.Count));
        Assert.Empty(results[0].ControlIds.Intersect(results[3].ControlIds));
        Assert.Equal(results[3].ControlIds, (await backend.Hub.GetControlsAsync("a3")).Select(record => record.Control.Id));
        Assert.Single(await backend.Hub.GetControlsAsync("a2"));
        Assert.Empty(await backend.Hub.GetControlsAsync("nobody"));
    }

    [Fact]
    public async Task Push_to_more_than_a_thousand_agents_spreads_their_acknowledgements()
    {
        await using RunningBackend backend = await RunningBackend.StartAsync();
        await using AgentEvents events = await backend.OpenStreamAsync("a7");
        string[] ids = [.. Enumerable.Range(0, 1001).Select(i => $"a{i}")];

        await backend.Hub.PushAsync(new PushRequest { AgentIds = ids, Controls = [new Control("pause")] });
        Assert.EndsWith("\"ackWithin\":1001}", await CommandAsync(events), StringComparison.Ordinal);

        await backend.Hub.PushAsync(new PushRequest { AgentIds = ids[..1000], Controls = [new Control("pause")] });
        Assert.DoesNotContain("ackWithin", await CommandAsync(events), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nobody", 404)]
    [InlineData("a1", 202)]
    [InlineData("full", 429)]
    public async Task Result_is_an_answer_of_an_endpoint(string agent, int status)
    {
        await using RunningBackend backend = await RunningBackend.StartAsync(
            hub => hub.UseHandler<OnlyKnown>(), options => options.MaxPendingControls = 1, map: app =>
            {
                app.MapAgentHub();
                app.MapPost("/push/{id}", async (string id, AgentHub hub) =>
                    (await hub.PushAsync(id, new Control("pause"))).ToHttpResult());
            });
        await backend.Hub.PushAsync("full", new Control("pause"));

        Answer answer = await backend.SendAsync(HttpMethod.Post, $"/push/{agent}", user: null);

        Assert.Equal(status, answer.Status);
        if (status == StatusCodes.Status202Accepted)
        {
            Assert.Equal(
                (await backend.Hub.GetControlsAsync("a1"))[0].Control.Id, answer.Json.GetProperty("ids")[0].GetString());
            return;
        }

        Assert.Contains($"'{agent}'", answer.Error, StringComparison.Ordinal);
        Assert.Equal(status == 429, answer.Headers.RetryAfter is not null);
        Assert.Equal(status == 429, answer.Error.Contains("at most 1 controls may be pending", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Push_that_no_agent_could_read_is_refused_as_an_argument()
    {
        await using RunningBackend backend = await RunningBackend.StartAsync();
        (PushRequest Mistake, string Told)[] mistakes =
        [
            (new() { AgentIds = ["a1", "a1"], Controls = [new Control("pause")] },
                "A push names an agent twice."),
            (new() { AgentIds = ["a1"], Controls = [] },
                "A push has 0 controls: 1 to 1024 may be pushed at once."),
            (new() { AgentIds = ["a1"], Controls = [.. Enumerable.Repeat(new Control("pause"), 1025)] },
                "A push has 1025 controls: 1 to 1024 may be pushed at once."),
            (new() { AgentIds = ["a1"], Controls = [new Control("")] },
                "Control 1 needs an action."),
            (new() { AgentIds = ["a1"], Controls = [new Control(new string('a', 1025))] },
                "Control 1's action is 1025 bytes as UTF-8: an agent reads at most 1024."),
            (new() { AgentIds = ["a1"], Controls = [new Control("a"), new Control("a", new string('é', 513))] },
                "Control 2's task id is 1026 bytes as UTF-8: an agent reads at most 1024."),
            (new() { AgentIds = ["a1"], Controls = [new Control("a\ud800")] },
                "Control 1's action has half of a surrogate pair, which is not text."),
            (new() { AgentIds = ["a1"], Controls = [null!] },
                "Control 1 is null."),
            (new() { AgentIds = ["a1"], Controls = [new Control("pause") { Action = null! }] },
                "Control 1 needs an action."),
            (new() { AgentIds = ["a1"], Controls = [new Control("pause") { TaskId = null! }] },
                "Control 1's task id is null."),
            (new() { AgentIds = ["a1"], Controls = [new Control("pause")], ExpiresAfter = TimeSpan.FromTicks(-1) },
                "A push expires after more than no time."),
            (new() { AgentIds = ["a1"], Controls = [new Control("pause")], ExpiresAfter = TimeSpan.Zero },
                "A push expires after more than no time."),
            (new() { AgentIds = [null!], Controls = [new Control("pause")] },
                "A push names an agent that is null."),
            (new() { AgentIds = ["a1"], Controls = [new Control("pause")], IdempotencyKey = "" },
                "An idempotency key is 1 to 256 visible ASCII characters."),
            (new() { AgentIds = ["a1"], Controls = [new Control("pause")], IdempotencyKey = "a b" },
                "An idempotency key is 1 to 256 visible ASCII characters."),
            (new() { AgentIds = ["a1"], Controls = [new Control("pause")], IdempotencyKey = new string('k', 257) },
                "An idempotency key is 1 to 256 visible ASCII characters."),
        ];
        foreach ((PushRequest mistake, string told) in mistakes)
        {
            Assert.Equal(told, (await Assert.ThrowsAsync<ArgumentException>(() => backend.Hub.PushAsync(mistake))).Message);
        }

        Assert.Empty(await backend.Hub.GetControlsAsync("a1"));
        Assert.Empty(await backend.Hub.PushAsync(new PushRequest { AgentIds = [], Controls = [new Control("pause")] }));
        foreach (string id in (string[])["", "a\n", "a\ud800", new('a', 257)])
        {
            Assert.Equal(PushStatus.UnknownAgent, (await backend.Hub.PushAsync(id, new Control("pause"))).Status);
        }
    }

    [Fact]
    public async Task Largest_and_deepest_parameters_reach_the_agent_by_both_routes()
    {
        const int Depth = Control.MaxParametersDepth;
        byte[] parameters = Parameters(Control.MaxParametersBytes, Depth);
        await using RunningBackend backend = await RunningBackend.StartAsync();
        await using AgentEvents events = await backend.OpenStreamAsync("a1");
        await backend.Hub.PushAsync("a1", [.. Enumerable.Repeat(new Control("set") { Parameters = parameters }, 3)]);

        string text = $"\"params\":{Encoding.UTF8.GetString(parameters)}";
        Assert.Contains(text, await CommandAsync(events), StringComparison.Ordinal);
        JsonElement[] controls = [.. (await backend.SyncAsync("a1", after: "")).Json.GetProperty("controls").EnumerateArray()];
        Assert.All(controls, control => Assert.Contains(text, control.GetRawText(), StringComparison.Ordinal));
        Assert.Equal(3, controls.Length);

        Assert.Throws<ArgumentException>(() => new Control("set") { Parameters = Parameters(Control.MaxParametersBytes + 1, 1) });
        Assert.Throws<ArgumentException>(() => new Control("set") { Parameters = Parameters(100, Depth + 1) });
    }

    [Fact]
    public async Task Push_to_very_many_agents_is_one_push_with_an_outcome_for_each()
    {
        await using RunningBackend backend = await RunningBackend.StartAsync();
        await using AgentEvents events = await backend.OpenStreamAsync("a10000");
        string[] ids = [.. Enumerable.Range(0, 10_001).Select(i => $"a{i}")];
        IReadOnlyList<PushResult> results =
            await backend.Hub.PushAsync(new PushRequest { AgentIds = ids, Controls = [new Control("pause")] });
        Assert.Equal(ids, results.Select(result => result.AgentId));
        Assert.All(results, result => Assert.Equal(PushStatus.Queued, result.Status));
        Assert.Contains(results[^1].ControlIds[0], await CommandAsync(events), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Application_that_cannot_say_whether_an_agent_exists_fails_the_push_and_nothing_is_queued()
    {
        await using RunningBackend backend = await RunningBackend.StartAsync(hub => hub.UseHandler<Unsure>());
        InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(
            () => backend.Hub.PushAsync(new PushRequest { AgentIds = ["a1", "unsure"], Controls = [new Control("pause")] }));
        Assert.Equal("The list of agents is away.", failure.Message);
        Assert.Empty(await backend.Hub.GetControlsAsync("a1"));
    }

    [Fact]
    public async Task Lists_of_a_push_may_change_while_the_application_is_asked()
    {
        List<Control> controls = [new("pause")];
        List<string> agents = ["a1", "a2"];
        await using RunningBackend backend = await RunningBackend.StartAsync(
            hub => hub.UseHandler<Slow>(), services: services =>
            {
                RunningBackend.AddHeaderScheme(services);
                services.AddSingleton(new Slow.Asked(() =>
                {
                    agents.Clear();
                    controls[0] = new Control("");
                }));
            });
        IReadOnlyList<PushResult> results = await backend.Hub.PushAsync(new PushRequest { AgentIds = agents, Controls = controls });
        Assert.Equal([PushStatus.Queued, PushStatus.Queued], results.Select(result => result.Status));
        Assert.Equal("pause", Assert.Single(await backend.Hub.GetControlsAsync("a2")).Control.Action);
    }

    [Fact]
    public async Task Agents_whose_ids_differ_by_case_are_two()
    {
        await using RunningBackend backend = await RunningBackend.StartAsync();
        await backend.Hub.PushAsync(new PushRequest { AgentIds = ["a1", "A1"], Controls = [new Control("pause")] });
        await backend.Hub.PushAsync("A1", new Control("resume"));
        Assert.Single((await backend.SyncAsync("a1", after: "")).ControlIds);
        Assert.Equal(2, (await backend.SyncAsync("A1", after: "")).ControlIds.Length);
        Assert.Equal(["A1", "a1"], (await backend.Hub.GetAgentsAsync()).Select(agent => agent.Id));
    }

    [Fact]
    public async Task Withdrawn_control_is_not_handed_out_and_is_withdrawn_once()
    {
        await using RunningBackend backend = await RunningBackend.StartAsync();
        string[] ids = [.. (await backend.Hub.PushAsync("a1", [new Control("pause"), new Control("resume")])).ControlIds];

        Assert.True(await backend.Hub.WithdrawAsync("a1", ids[0]));
        Assert.False(await backend.Hub.WithdrawAsync("a1", ids[0]));
        Assert.False(await backend.Hub.WithdrawAsync("a2", ids[1]));

        Assert.Equal([ids[1]], (await backend.SyncAsync("a1", after: "")).ControlIds);
        Assert.Equal([ControlState.HandedOut, ControlState.Withdrawn], await backend.StatesAsync("a1"));

        // The agent had it already: what it did counts.
        await backend.SyncAsync("a1", $$""","appliedControls":["{{ids[0]}}"]""");
        Assert.Equal([ControlState.HandedOut, ControlState.Applied], await backend.StatesAsync("a1"));
    }

    [Fact]
    public async Task Hub_of_a_test_overrides_what_it_needs_and_the_rest_says_so()
    {
        var hub = new FakeHub();
        PushResult result = await hub.PushAsync("a1", new Control("pause"));
        Assert.Equal(("a1", 1), (result.AgentId, Assert.Single(hub.Pushed).Controls.Count));
        await Assert.ThrowsAsync<NotSupportedException>(() => hub.RequestSyncAsync("a1"));
        Assert.Throws<NotSupportedException>(() => hub.FollowAgentsAsync());
    }

    [Fact]
    public void Host_has_one_hub()
    {
        ServiceCollection services = new();
        services.AddAgentHub();
        Assert.Throws<InvalidOperationException>(() => services.AddAgentHub());
    }

    private static byte[] Parameters(int bytes, int depth) => Encoding.UTF8.GetBytes(
        $"{new string('[', depth)}\"{new string('x', bytes - 2 - (2 * depth))}\"{new string(']', depth)}");

    private static async Task<string> CommandAsync(AgentEvents events)
    {
        string? frame;
        do
        {
            frame = await events.NextAsync();
        }
        while (frame is not null && !frame.StartsWith("command ", StringComparison.Ordinal));
        return frame!;
    }

    internal sealed class Unsure : AgentHubHandler
    {
        public override ValueTask<bool> ExistsAsync(string agentId, CancellationToken cancellationToken) => agentId == "unsure"
            ? ValueTask.FromException<bool>(new InvalidOperationException("The list of agents is away.")) : ValueTask.FromResult(true);
    }

    internal sealed class Slow(Slow.Asked asked) : AgentHubHandler
    {
        public override ValueTask<bool> ExistsAsync(string agentId, CancellationToken cancellationToken)
        {
            asked.Then();
            return ValueTask.FromResult(true);
        }

        internal sealed record Asked(Action Then);
    }

    internal sealed class OnlyKnown : AgentHubHandler
    {
        public override ValueTask<bool> ExistsAsync(string agentId, CancellationToken cancellationToken) =>
            ValueTask.FromResult(agentId != "nobody");
    }

    private sealed class FakeHub : AgentHub
    {
        public List<PushRequest> Pushed { get; } = [];

        public override Task<IReadOnlyList<PushResult>> PushAsync(PushRequest request, CancellationToken cancellationToken = default)
        {
            Pushed.Add(request);
            return Task.FromResult<IReadOnlyList<PushResult>>(
                [.. request.AgentIds.Select(id => new PushResult { AgentId = id, Status = PushStatus.Queued })]);
        }
    }
}
