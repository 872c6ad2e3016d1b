namespace Unarr.EndToEnd.Tests.ControlPlane;

public sealed class EventsTests
{
    private const string Connected = ": connected hb=15000";

    [Fact]
    public async Task Stream_says_that_nothing_on_the_way_may_hold_it_back()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        await using AgentEvents events = await plane.OpenStreamAsync("a1");

        Assert.Equal(200, (int)events.Response.StatusCode);
        Assert.Equal("text/event-stream", events.Response.Content.Headers.ContentType!.ToString());
        Assert.True(events.Response.Headers.CacheControl is { NoCache: true, NoTransform: true });
        Assert.Equal("no", Assert.Single(events.Response.Headers.GetValues("X-Accel-Buffering")));
        Assert.Equal(Connected, await events.NextAsync());
    }

    [Fact]
    public async Task Heartbeat_comes_once_an_interval_whether_or_not_events_do()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        await using AgentEvents quiet = await plane.OpenStreamAsync("a1");
        await using AgentEvents busy = await plane.OpenStreamAsync("a2");
        Assert.Equal(Connected, await quiet.NextAsync());
        Assert.Equal(Connected, await busy.NextAsync());

        for (int interval = 0; interval < 3; interval++)
        {
            plane.Host.Nudge("a2");
            Assert.Equal("""sync {"reason":"operator"}""", await busy.NextAsync());
            Assert.Equal(": hb", await busy.NextAsync());
            plane.Time.Advance(TimeSpan.FromSeconds(15));
            Assert.Equal(": hb", await quiet.NextAsync());
            Assert.Equal(": hb", await busy.NextAsync());
        }

        // Nothing more than that came: the next frame is the one asked for now.
        plane.Host.Nudge("a1");
        Assert.Equal("""sync {"reason":"operator"}""", await quiet.NextAsync());
    }

    [Fact]
    public async Task Newer_stream_replaces_the_older_one()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        await using AgentEvents older = await plane.OpenStreamAsync("a1");
        Assert.Equal(Connected, await older.NextAsync());
        await using AgentEvents newer = await plane.OpenStreamAsync("a1");
        Assert.Equal(Connected, await newer.NextAsync());

        Assert.Null(await older.NextAsync());
        plane.Host.Nudge("a1");
        Assert.StartsWith("sync ", await newer.NextAsync(), StringComparison.Ordinal);
        await plane.WaitForRouteAsync("a1", "sse");
    }

    [Fact]
    public async Task Push_goes_out_as_one_command_in_its_order()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        await using AgentEvents events = await plane.OpenStreamAsync("a1");
        Assert.Equal(Connected, await events.NextAsync());

        string[] ids = await plane.PushAsync(
            "a1", """[{"action":"pause","taskId":"t1"},{"action":"cancel","taskId":"t2","deleteFiles":true}]""");

        long at = plane.Time.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.Equal(
            $$"""command {"controls":[{"id":"{{ids[0]}}","action":"pause","taskId":"t1","at":{{at}}},"""
            + $$"""{"id":"{{ids[1]}}","action":"cancel","taskId":"t2","deleteFiles":true,"at":{{at}}}]}""",
            await events.NextAsync());
    }

    [Fact]
    public async Task Stream_that_opens_onto_pending_controls_asks_for_a_sync()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        await plane.PushAsync("a1", """{"action":"pause","taskId":"t1"}""");
        await using AgentEvents events = await plane.OpenStreamAsync("a1");

        Assert.Equal(Connected, await events.NextAsync());
        Assert.Equal("""sync {"reason":"pending"}""", await events.NextAsync());
    }

    [Fact]
    public async Task Stopping_ends_streams_and_polls_at_once_and_the_same_port_serves_again()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(
            configure: options => options with { ShutdownTimeout = TimeSpan.FromMinutes(1) });
        await using AgentEvents events = await plane.OpenStreamAsync("a1");
        Assert.Equal(Connected, await events.NextAsync());
        Task<Answer> poll = plane.WakeAsync("a1");
        await plane.WaitForRouteAsync("a1", "sse+poll");
        await plane.PushAsync("a2", """{"action":"pause"}""");

        await plane.Host.StopAsync(plane.Deadline);
        Assert.Null(await events.NextAsync());
        Assert.False((await poll).Wake);

        Uri before = plane.Host.BaseAddress;
        await plane.Host.StartAsync();
        Assert.Equal(before, plane.Host.BaseAddress);
        Assert.Single((await plane.SyncAsync("a2")).ControlIds);
    }

    [Fact]
    public async Task Event_is_not_held_back_on_a_path_that_stays_one_piece_behind()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        await using OnePieceBehindRelay relay = new(plane.Host.BaseAddress);
        Task<AgentEvents> opening = plane.OpenStreamAsync("a1", after: "", relay.Address);
        await plane.WaitForRouteAsync("a1", "sse");

        // The clock stands still: no heartbeat comes to push it out.
        string[] ids = await plane.PushAsync("a1", """{"action":"pause"}""");
        await using AgentEvents events = await opening;
        Assert.Equal(Connected, await events.NextAsync());
        Assert.Contains(ids[0], await events.NextAsync(), StringComparison.Ordinal);
        for (int i = 0; i < 20; i++)
        {
            ids = await plane.PushAsync("a1", """{"action":"pause"}""");
            Assert.Equal(": hb", await events.NextAsync());
            Assert.Contains(ids[0], await events.NextAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Two_hundred_streams_are_served_at_once()
    {
        const int Agents = 200;
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(Agents);
        AgentEvents[] all = await Task.WhenAll(Enumerable.Range(1, Agents).Select(i => plane.OpenStreamAsync($"a{i}")));
        try
        {
            Assert.All(await Task.WhenAll(all.Select(events => events.NextAsync())), frame => Assert.Equal(Connected, frame));
            plane.Time.Advance(TimeSpan.FromSeconds(15));
            Assert.All(await Task.WhenAll(all.Select(events => events.NextAsync())), frame => Assert.Equal(": hb", frame));
            await Task.WhenAll(
                Enumerable.Range(1, Agents).Select(i => plane.PushAsync($"a{i}", $$"""{"action":"pause","taskId":"t{{i}}"}""")));
            string?[] commands = await Task.WhenAll(all.Select(events => events.NextAsync()));
            Assert.All(commands.Index(), command => Assert.Contains($"\"t{command.Index + 1}\"", command.Item, StringComparison.Ordinal));
        }
        finally
        {
            foreach (AgentEvents events in all)
            {
                await events.DisposeAsync();
            }
        }
    }
}
