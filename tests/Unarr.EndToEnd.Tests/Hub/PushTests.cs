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
        PushRequest[] mistakes =
        [
            new() { AgentIds = ["a1", "a1"], Controls = [new Control("pause")] },
            new() { AgentIds = ["a1"], Controls = [] },
            new() { AgentIds = ["a1"], Controls = [.. Enumerable.Repeat(new Control("pause"), 1025)] },
            new() { AgentIds = ["a1"], Controls = [new Control("")] },
            new() { AgentIds = ["a1"], Controls = [new Control(new string('a', 1025))] },
            new() { AgentIds = ["a1"], Controls = [new Control("a", new string('é', 513))] },
            new() { AgentIds = ["a1"], Controls = [new Control("a\ud800")] },
            new() { AgentIds = ["a1"], Controls = [null!] },
            new() { AgentIds = [null!], Controls = [new Control("pause")] },
            new() { AgentIds = ["a1"], Controls = [new Control("pause")], ExpiresAfter = TimeSpan.Zero },
        ];
        foreach (PushRequest mistake in mistakes)
        {
            await Assert.ThrowsAsync<ArgumentException>(() => backend.Hub.PushAsync(mistake));
        }

        Assert.Empty(await backend.Hub.GetControlsAsync("a1"));
        Assert.Empty(await backend.Hub.PushAsync(new PushRequest { AgentIds = [], Controls = [new Control("pause")] }));
        foreach (string id in (string[])["", "a\n", "a\ud800", new('a', 257)])
        {
            Assert.Equal(PushStatus.UnknownAgent, (await backend.Hub.PushAsync(id, new Control("pause"))).Status);
        }
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
