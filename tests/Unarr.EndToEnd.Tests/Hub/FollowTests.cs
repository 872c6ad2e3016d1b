using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Unarr.Agents.Protocol;
using Unarr.EndToEnd.Tests.ControlPlane;

namespace Unarr.EndToEnd.Tests.Hub;

public sealed class FollowTests
{
    [Fact]
    public async Task Follower_of_agents_gets_all_and_then_what_changed_at_most_five_times_a_second()
    {
        await using RunningBackend backend = await RunningBackend.StartAsync();
        await backend.SyncAsync("a1");
        await backend.SyncAsync("a2");
        await using IAsyncEnumerator<AgentChanges> changes = backend.Hub.FollowAgentsAsync().GetAsyncEnumerator(backend.Deadline);
        Assert.True(await changes.MoveNextAsync());
        Assert.Equal(["a1", "a2"], changes.Current.Changed.Select(agent => agent.Id));
        Assert.Empty(changes.Current.Removed);

        Task<bool> next = changes.MoveNextAsync().AsTask();
        await backend.Hub.SetWatchingAsync("a2", true);
        await backend.Hub.PushAsync("a2", new Control("pause"));
        await backend.SyncAsync("a3");
        await backend.Hub.RemoveAgentAsync("a1");

        // The follower waits for its time, and then gets all of it at once.
        Assert.False(next.IsCompleted);
        backend.Time.Advance(TimeSpan.FromMilliseconds(199));
        Assert.False(next.IsCompleted);
        while (!next.IsCompleted)
        {
            backend.Time.Advance(TimeSpan.FromMilliseconds(1));
            await Task.WhenAny(next, Task.Run(() => { }));
        }

        Assert.True(await next);
        Assert.Equal([("a2", true, 1), ("a3", false, 0)],
            changes.Current.Changed.Select(agent => (agent.Id, agent.IsWatched, agent.PendingCount)));
        Assert.Equal(["a1"], changes.Current.Removed);
    }

    [Fact]
    public async Task Follower_of_no_agents_gets_that_at_once()
    {
        await using RunningBackend backend = await RunningBackend.StartAsync();
        await using IAsyncEnumerator<AgentChanges> changes = backend.Hub.FollowAgentsAsync().GetAsyncEnumerator(backend.Deadline);
        Assert.True(await changes.MoveNextAsync());
        Assert.Empty(changes.Current.Changed);
    }

    [Fact]
    public async Task Follower_of_controls_gets_each_change_of_their_states()
    {
        await using RunningBackend backend = await RunningBackend.StartAsync();
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(backend.Deadline);
        await using IAsyncEnumerator<ControlRecord> all = backend.Hub.FollowControlsAsync().GetAsyncEnumerator(stop.Token);
        await using IAsyncEnumerator<ControlRecord> one = backend.Hub.FollowControlsAsync("a2").GetAsyncEnumerator(stop.Token);
        Task<bool> first = all.MoveNextAsync().AsTask();
        Task<bool> firstOfOne = one.MoveNextAsync().AsTask();

        PushResult result = await backend.Hub.PushAsync("a1", [new Control("pause"), new Control("resume")]);
        await backend.SyncAsync("a1", after: "");
        await backend.SyncAsync("a1", $$""","appliedControls":["{{result.ControlIds[0]}}"]""");
        await backend.Hub.WithdrawAsync("a1", result.ControlIds[1]);
        await backend.Hub.PushAsync("a2", new Control("cancel"));

        List<string> seen = [];
        Assert.True(await first);
        do
        {
            ControlRecord change = all.Current;
            seen.Add($"{change.AgentId} {change.Control.Action} {change.PreviousState} {change.State}");
            Assert.Equal(change.AgentId == "a1" ? result.LastSequence - (change.Control.Action == "pause" ? 1 : 0) : 3, change.Sequence);
        }
        while (seen.Count < 7 && await all.MoveNextAsync());
        Assert.Equal(
            [
                "a1 pause None Pending", "a1 resume None Pending", "a1 pause Pending HandedOut", "a1 resume Pending HandedOut",
                "a1 pause HandedOut Applied", "a1 resume HandedOut Withdrawn", "a2 cancel None Pending",
            ],
            seen);
        Assert.True(await firstOfOne);
        Assert.Equal("cancel", one.Current.Control.Action);

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one.MoveNextAsync().AsTask());
    }

    [Fact]
    public async Task Follower_that_is_too_late_is_ended_with_a_word_and_the_others_go_on()
    {
        await using RunningBackend backend = await RunningBackend.StartAsync(options: options => options.MaxPendingControls = 4096);
        await using IAsyncEnumerator<ControlRecord> slow = backend.Hub.FollowControlsAsync().GetAsyncEnumerator(backend.Deadline);
        Task<bool> first = slow.MoveNextAsync().AsTask();
        for (int i = 0; i < 5; i++)
        {
            await backend.Hub.PushAsync($"a{i}", [.. Enumerable.Repeat(new Control("pause"), 1024)]);
        }

        Assert.True(await first);
        InvalidOperationException late = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            while (await slow.MoveNextAsync())
            {
            }
        });
        Assert.Contains("4096", late.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Event_reaches_the_agent_s_stream_and_is_not_kept_for_one_that_has_none()
    {
        await using RunningBackend backend = await RunningBackend.StartAsync();
        Assert.False(await backend.Hub.SendEventAsync("a1", "refresh", "{}"u8.ToArray()));
        await using AgentEvents events = await backend.OpenStreamAsync("a1");

        Assert.True(await backend.Hub.SendEventAsync("a1", "refresh", new Limit(7), AppJson.Default.Limit));
        Assert.Equal("""refresh {"bytesPerSecond":7}""", await EventAsync(events));
        Assert.True(await backend.Hub.SendEventAsync("a1", "lines", "one\ntwo"u8.ToArray()));
        Assert.Equal("lines one\ntwo", await EventAsync(events));
        byte[] largest = [.. Enumerable.Repeat((byte)'x', 255 * 1024)];
        Assert.True(await backend.Hub.SendEventAsync("a1", "large", largest));
        Assert.Equal($"large {new string('x', largest.Length)}", await EventAsync(events));
    }

    [Fact]
    public async Task Events_that_a_stream_has_no_room_for_are_refused_and_the_others_come_in_order()
    {
        await using RunningBackend backend = await RunningBackend.StartAsync();
        await using AgentEvents events = await backend.OpenStreamAsync("a1");
        byte[] data = [.. Enumerable.Repeat((byte)'x', 200 * 1024)];
        int taken = 0;
        while (await backend.Hub.SendEventAsync("a1", $"e{taken}", data))
        {
            // The agent reads nothing: what the connection holds is full at some time.
            taken++;
            Assert.InRange(taken, 0, 10_000);
        }

        for (int i = 0; i < taken; i++)
        {
            Assert.StartsWith($"e{i} ", await EventAsync(events), StringComparison.Ordinal);
        }

        Assert.True(await backend.Hub.SendEventAsync("a1", "last", data));
    }

    [Theory]
    [InlineData("sync")]
    [InlineData("command")]
    [InlineData("")]
    [InlineData(" sync")]
    [InlineData("a\nb")]
    [InlineData("a\rb")]
    [InlineData("a\0")]
    public async Task Event_s_type_that_cannot_be_sent_is_refused(string type)
    {
        await using RunningBackend backend = await RunningBackend.StartAsync();
        await using AgentEvents events = await backend.OpenStreamAsync("a1");
        await Assert.ThrowsAsync<ArgumentException>(() => backend.Hub.SendEventAsync("a1", type, "{}"u8.ToArray()));
        await Assert.ThrowsAsync<ArgumentException>(
            () => backend.Hub.SendEventAsync("a1", "large", new byte[(255 * 1024) + 1]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\nx")]
    [InlineData(" x")]
    [InlineData("{\n  \"a\": 1\n}")]
    [InlineData("x\u00a0")]
    public async Task Event_s_data_that_a_stream_cannot_carry_is_refused_and_ends_no_stream(string data)
    {
        await using RunningBackend backend = await RunningBackend.StartAsync();
        await using AgentEvents events = await backend.OpenStreamAsync("a1");
        await Assert.ThrowsAsync<ArgumentException>(() => backend.Hub.SendEventAsync("a1", "refresh", Encoding.UTF8.GetBytes(data)));
        await backend.Hub.PushAsync("a1", new Control("pause"));
        Assert.StartsWith("command ", await EventAsync(events), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Event_of_an_indented_contract_is_sent_compact()
    {
        await using RunningBackend backend = await RunningBackend.StartAsync();
        await using AgentEvents events = await backend.OpenStreamAsync("a1");
        AppJson indented = new(new JsonSerializerOptions(JsonSerializerDefaults.Web) { WriteIndented = true });
        Assert.True(await backend.Hub.SendEventAsync("a1", "limit", new Limit(7), indented.Limit));
        Assert.Equal("""limit {"bytesPerSecond":7}""", await EventAsync(events));
    }

    [Fact]
    public async Task Event_that_cannot_be_sent_is_refused_for_an_agent_that_is_not_here_too()
    {
        await using RunningBackend backend = await RunningBackend.StartAsync();
        foreach (string type in (string[])["sync", "", "a\rb", "\ud800"])
        {
            await Assert.ThrowsAsync<ArgumentException>(() => backend.Hub.SendEventAsync("nobody", type, "{}"u8.ToArray()));
        }

        await Assert.ThrowsAsync<ArgumentException>(() => backend.Hub.SendEventAsync("nobody", "large", new byte[(1024 * 1024) + 1]));
    }

    [Fact]
    public async Task Follower_of_controls_gets_what_changes_from_its_enumerator_s_making_on()
    {
        await using RunningBackend backend = await RunningBackend.StartAsync();
        await using IAsyncEnumerator<ControlRecord> changes = backend.Hub.FollowControlsAsync("a1").GetAsyncEnumerator(backend.Deadline);
        await backend.Hub.PushAsync("a1", new Control("pause"));
        Assert.True(await changes.MoveNextAsync());
        Assert.Equal("pause", changes.Current.Control.Action);
    }

    [Fact]
    public async Task Follower_that_never_reads_is_forgotten_when_it_is_too_late()
    {
        await using RunningBackend backend = await RunningBackend.StartAsync();
        Agents.Hub.Desk.ControlFollowers followers = backend.Services.GetRequiredService<Agents.Hub.Desk.ControlFollowers>();
        IAsyncEnumerator<ControlRecord> asleep = backend.Hub.FollowControlsAsync().GetAsyncEnumerator(backend.Deadline);
        await using (backend.Hub.FollowControlsAsync("nobody").GetAsyncEnumerator(backend.Deadline))
        {
            Assert.Equal(2, followers.Count);
            for (int i = 0; i < 5; i++)
            {
                await backend.Hub.PushAsync($"a{i}", [.. Enumerable.Repeat(new Control("pause"), 1024)]);
            }

            Assert.Equal(1, followers.Count);
        }

        Assert.Equal(0, followers.Count);
        await asleep.DisposeAsync();
    }

    [Fact]
    public async Task Agent_that_somebody_merely_named_is_not_listed()
    {
        await using RunningBackend backend = await RunningBackend.StartAsync(hub => hub.UseHandler<PushTests.OnlyKnown>());
        await backend.Hub.RequestSyncAsync("a1");
        await backend.Hub.SetWatchingAsync("nobody", true);
        Assert.Empty(await backend.Hub.GetAgentsAsync());
        Assert.Null(await backend.Hub.FindAgentAsync("a1"));

        // What was asked of one that there is waits for it.
        Assert.True((await backend.WakeAsync("a1")).Wake);
        Assert.False((await backend.SyncAsync("nobody")).Json.GetProperty("watching").GetBoolean());
        Assert.Equal(["a1", "nobody"], (await backend.Hub.GetAgentsAsync()).Select(agent => agent.Id));
    }

    [Fact]
    public async Task Controls_of_an_agent_are_the_pending_ones_and_then_those_that_ended()
    {
        await using RunningBackend backend = await RunningBackend.StartAsync(options: options => options.MaxPendingControls = 4096);
        for (int i = 0; i < 3; i++)
        {
            await backend.Hub.PushAsync("a1", [.. Enumerable.Range(0, 1000).Select(j => new Control("pause", $"{i}-{j}"))]);
        }

        string last = (await backend.Hub.GetControlsAsync("a1"))[2999].Control.Id!;
        await backend.Hub.WithdrawAsync("a1", last);

        IReadOnlyList<ControlRecord> controls = await backend.Hub.GetControlsAsync("a1");
        Assert.Equal(3000, controls.Count);
        Assert.Equal(last, controls[^1].Control.Id);
        Assert.Equal([.. Enumerable.Repeat(false, 2999), true], controls.Select(record => record.IsEnded));
        Assert.Equal("2-998", controls[^2].Control.TaskId);
    }

    private static async Task<string?> EventAsync(AgentEvents events)
    {
        string? frame;
        do
        {
            frame = await events.NextAsync();
        }
        while (frame == ": hb");
        return frame;
    }
}
