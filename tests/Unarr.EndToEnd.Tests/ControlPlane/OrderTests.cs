using System.Text.Json;

namespace Unarr.EndToEnd.Tests.ControlPlane;

/// <summary>What stream and sync carry, for agents that say where they are and for those that do not.</summary>
public sealed class OrderTests
{
    private const string Connected = ": connected hb=15000";
    private const string AskedForSync = """sync {"reason":"pending"}""";

    [Fact]
    public async Task Stream_with_after_carries_all_that_is_pending_and_then_each_push()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        string[] before = await plane.PushAsync("a1", """[{"action":"pause"},{"action":"resume"}]""");
        await using AgentEvents events = await plane.OpenStreamAsync("a1", after: "");
        Assert.Equal(Connected, await events.NextAsync());
        Assert.Equal(before, await CommandAsync(events));

        string[] then = await plane.PushAsync("a1", """{"action":"cancel"}""");
        Assert.Equal(then, await CommandAsync(events));
    }

    [Fact]
    public async Task Delivery_starts_after_the_control_that_the_agent_has()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        string[] ids = await plane.PushAsync("a1", """[{"action":"a"},{"action":"b"},{"action":"c"}]""");
        await using AgentEvents events = await plane.OpenStreamAsync("a1", after: ids[1]);
        Assert.Equal(Connected, await events.NextAsync());
        Assert.Equal(ids[2..], await CommandAsync(events));

        Assert.Equal(ids[1..], (await plane.SyncAsync("a1", after: ids[0])).ControlIds);
        Assert.Empty((await plane.SyncAsync("a1", after: ids[2])).ControlIds);
        Assert.Equal(ids, (await plane.SyncAsync("a1", after: "")).ControlIds);
    }

    [Theory]
    [InlineData("unknown")]
    [InlineData("' OR 1=1 --")]
    public async Task Delivery_after_a_control_that_is_not_pending_starts_at_the_first_that_is(string after)
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        string[] ids = await plane.PushAsync("a1", """[{"action":"a"},{"action":"b"}]""");
        Assert.Equal(ids, (await plane.SyncAsync("a1", after: after)).ControlIds);
        await using AgentEvents events = await plane.OpenStreamAsync("a1", after);
        Assert.Equal(Connected, await events.NextAsync());
        Assert.Equal(ids, await CommandAsync(events));

        // The id of the sync itself: what it acknowledges is pending no more.
        Assert.Equal(ids[1..], (await plane.SyncAsync("a1", $$""","appliedControls":["{{ids[0]}}"]""", after: ids[0])).ControlIds);
    }

    [Fact]
    public async Task Sync_with_after_acknowledges_and_leaves_its_controls_pending()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        string[] ids = await plane.PushAsync("a1", """{"action":"pause"}""");
        Assert.Equal(ids, (await plane.SyncAsync("a1", after: "")).ControlIds);
        Assert.Equal(ids, (await plane.SyncAsync("a1", after: "")).ControlIds);
        Assert.Equal(["handedOut"], (await plane.Host.ShowAsync("a1")).Pending.Select(control => control.State));
    }

    [Fact]
    public async Task Stream_goes_on_after_what_was_acknowledged_meanwhile()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        await using AgentEvents events = await plane.OpenStreamAsync("a1", after: "");
        Assert.Equal(Connected, await events.NextAsync());
        for (int round = 0; round < 200; round++)
        {
            string[] ids = await plane.PushAsync("a1", """[{"action":"a"},{"action":"b"}]""");
            Assert.Equal(ids, await CommandAsync(events));

            // The first stays pending in some rounds, the last in others.
            string listed = round % 3 == 0 ? ids[0] : round % 3 == 1 ? ids[1] : $"{ids[0]}\",\"{ids[1]}";
            await plane.SyncAsync("a1", $$""","appliedControls":["{{listed}}"]""", after: ids[1]);
        }
    }

    [Fact]
    public async Task Large_queue_comes_in_several_commands_in_order()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(
            configure: options => options with { QueueLimit = 4096 });
        List<string> pushed = [];
        for (int i = 0; i < 3; i++)
        {
            string controls = string.Join(
                ',', Enumerable.Range(0, 700).Select(j => $$"""{"action":"pause","taskId":"{{new string('t', 200)}}"}"""));
            pushed.AddRange(await plane.PushAsync("a1", $"[{controls}]"));
        }

        await using AgentEvents events = await plane.OpenStreamAsync("a1", after: "");
        Assert.Equal(Connected, await events.NextAsync());
        List<string> got = [];
        while (got.Count < pushed.Count)
        {
            got.AddRange(await CommandAsync(events));
        }

        Assert.Equal(pushed, got);
    }

    [Fact]
    public async Task Held_stream_of_an_agent_that_only_applies_carries_no_command_until_its_syncs_have_caught_up()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        string[] first = await plane.PushAsync("a1", """{"action":"pause"}""");
        await using AgentEvents events = await plane.OpenStreamAsync("a1");
        Assert.Equal(Connected, await events.NextAsync());
        Assert.Equal(AskedForSync, await EventAsync(events));
        string[] second = await plane.PushAsync("a1", """{"action":"resume"}""");
        Assert.Equal(AskedForSync, await EventAsync(events));

        // That answer may still be on its way when the next push comes: the stream asks for one more sync instead of carrying it.
        Assert.Equal(first.Concat(second), (await plane.SyncAsync("a1")).ControlIds);
        Assert.Equal(AskedForSync, await EventAsync(events));
        string[] third = await plane.PushAsync("a1", """{"action":"cancel"}""");
        Assert.Equal(AskedForSync, await EventAsync(events));
        Assert.Equal(third, (await plane.SyncAsync("a1")).ControlIds);
        Assert.Equal(AskedForSync, await EventAsync(events));
        Assert.Empty((await plane.SyncAsync("a1")).ControlIds);

        string[] last = await plane.PushAsync("a1", """{"action":"pause"}""");
        Assert.Equal(last, await CommandAsync(events));
    }

    [Fact]
    public async Task Stream_that_opens_while_a_hand_out_may_be_on_its_way_is_held_too()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        await plane.PushAsync("a1", """{"action":"pause"}""");
        Assert.Single((await plane.SyncAsync("a1")).ControlIds);
        await plane.Host.WaitUntilAsync("a1", agent => agent.Agent.Pending == 0, plane.Deadline);

        await using AgentEvents events = await plane.OpenStreamAsync("a1");
        Assert.Equal(Connected, await events.NextAsync());
        Assert.Equal(AskedForSync, await EventAsync(events));
        await plane.PushAsync("a1", """{"action":"resume"}""");
        Assert.Equal(AskedForSync, await EventAsync(events));
    }

    [Fact]
    public async Task Held_stream_of_an_agent_that_acknowledges_carries_all_that_is_pending_after_its_sync()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        string[] first = await plane.PushAsync("a1", """{"action":"pause"}""");
        await using AgentEvents events = await plane.OpenStreamAsync("a1");
        Assert.Equal(Connected, await events.NextAsync());
        Assert.Equal(AskedForSync, await EventAsync(events));

        Assert.Equal(first, (await plane.SyncAsync("a1", ""","appliedControls":[]""")).ControlIds);
        Assert.Equal(first, await CommandAsync(events));
        Assert.Equal(await plane.PushAsync("a1", """{"action":"resume"}"""), await CommandAsync(events));
    }

    [Fact]
    public async Task Syncs_at_once_hand_each_control_out_by_one_of_them()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        for (int round = 0; round < 20; round++)
        {
            string[] ids = await plane.PushAsync("a1", """[{"action":"a"},{"action":"b"}]""");
            Answer[] answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => plane.SyncAsync("a1")));
            Assert.Equal(ids, answers.SelectMany(answer => answer.ControlIds));
        }
    }

    [Fact]
    public async Task Pushes_at_once_come_in_the_order_of_the_store()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        await using AgentEvents events = await plane.OpenStreamAsync("a1", after: "");
        Assert.Equal(Connected, await events.NextAsync());
        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => plane.PushAsync("a1", """[{"action":"a"},{"action":"b"}]""")));

        List<string> got = [];
        while (got.Count < 400)
        {
            got.AddRange(await CommandAsync(events));
        }

        Assert.Equal((await plane.Host.ShowAsync("a1")).Pending.Select(control => control.Id), got);
    }

    [Fact]
    public async Task Sync_that_lists_more_ids_than_its_bound_is_refused_and_the_bound_is_named()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        string[] ids = await plane.PushAsync("a1", """{"action":"pause"}""");
        string many = string.Join(',', Enumerable.Repeat($"\"{ids[0]}\"", 1020).Concat(["\"\"", "null"]));
        const string Failed = """{"id":"x"},{"id":""}""";

        Answer refused = await plane.SyncAsync("a1", $$""","appliedControls":[{{many}},"y"],"failedControls":[{{Failed}}]""");
        Assert.Equal(400, refused.Status);
        Assert.Contains("1024", refused.Error, StringComparison.Ordinal);
        Assert.Single((await plane.Host.ShowAsync("a1")).Pending);

        Assert.Equal(200, (await plane.SyncAsync("a1", $$""","appliedControls":[{{many}}],"failedControls":[{{Failed}}]""")).Status);
        Assert.Empty((await plane.Host.ShowAsync("a1")).Pending);
    }

    [Fact]
    public async Task Poll_is_woken_for_what_was_pending_before_the_start_and_once()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        await plane.PushAsync("a1", """{"action":"pause"}""");
        await plane.Host.StopAsync(plane.Deadline);
        await plane.Host.StartAsync();

        Assert.True((await plane.WakeAsync("a1")).Wake);
        await AssertHeldAsync(plane);
    }

    [Fact]
    public async Task Poll_is_not_woken_for_what_a_sync_has_offered()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        await plane.PushAsync("a1", """{"action":"pause"}""");
        await plane.SyncAsync("a1", after: "");
        await AssertHeldAsync(plane);
    }

    [Fact]
    public async Task Poll_is_woken_for_the_rest_of_a_large_queue_while_the_agent_takes_it_and_not_while_it_has_no_room()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(
            configure: options => options with { QueueLimit = 4096 });
        List<string> pushed = [];
        for (int i = 0; i < 3; i++)
        {
            string controls = string.Join(',', Enumerable.Repeat("""{"action":"pause"}""", 1000));
            pushed.AddRange(await plane.PushAsync("a1", $"[{controls}]"));
        }

        List<string> got = [];
        while (got.Count < pushed.Count)
        {
            Assert.True((await plane.WakeAsync("a1")).Wake);
            got.AddRange((await plane.SyncAsync("a1", after: got.LastOrDefault() ?? "")).ControlIds);
        }

        Assert.Equal(pushed, got);
        await AssertHeldAsync(plane);

        // An agent without room asks from the same place again.
        await plane.SyncAsync("a1", after: pushed[0]);
        Assert.True((await plane.WakeAsync("a1")).Wake);
        await plane.SyncAsync("a1", after: pushed[0]);
        await AssertHeldAsync(plane);
    }

    private static async Task AssertHeldAsync(RunningControlPlane plane)
    {
        plane.Time.Advance(TimeSpan.FromSeconds(1));
        Task<Answer> poll = plane.WakeAsync("a1");
        await plane.Host.WaitUntilAsync("a1", agent => agent.Agent.LastSeen == plane.Time.GetUtcNow(), plane.Deadline);
        Assert.False(poll.IsCompleted);
        plane.Time.Advance(TimeSpan.FromSeconds(28));
        Assert.False((await poll).Wake);
    }

    private static async Task<string> EventAsync(AgentEvents events)
    {
        while (true)
        {
            string frame = await events.NextAsync() ?? throw new EndOfStreamException("The stream has ended.");
            if (frame[0] != ':')
            {
                return frame;
            }
        }
    }

    private static async Task<string[]> CommandAsync(AgentEvents events)
    {
        string frame = await EventAsync(events);
        Assert.StartsWith("command ", frame, StringComparison.Ordinal);
        using JsonDocument command = JsonDocument.Parse(frame["command ".Length..]);
        return [.. command.RootElement.GetProperty("controls").EnumerateArray().Select(control => control.GetProperty("id").GetString()!)];
    }
}
