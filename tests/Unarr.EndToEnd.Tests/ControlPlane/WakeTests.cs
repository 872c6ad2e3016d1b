namespace Unarr.EndToEnd.Tests.ControlPlane;

public sealed class WakeTests
{
    [Fact]
    public async Task Poll_is_held_and_then_answered_with_nothing()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        Task<Answer> poll = plane.WakeAsync("a1");
        await plane.WaitForRouteAsync("a1", "poll");

        plane.Time.Advance(TimeSpan.FromSeconds(27.5));
        plane.Host.Nudge("a2");
        Assert.True((await plane.WakeAsync("a2")).Wake);
        Assert.False(poll.IsCompleted);
        plane.Time.Advance(TimeSpan.FromSeconds(0.5));

        Answer answer = await poll;
        Assert.Equal(200, answer.Status);
        Assert.False(answer.Wake);
    }

    [Fact]
    public async Task Each_poll_has_its_own_deadline()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        Task<Answer> first = plane.WakeAsync("a1");
        await plane.WaitForRouteAsync("a1", "poll");
        plane.Time.Advance(TimeSpan.FromSeconds(10));
        Task<Answer> second = plane.WakeAsync("a2");
        await plane.WaitForRouteAsync("a2", "poll");

        plane.Time.Advance(TimeSpan.FromSeconds(18));
        Assert.False((await first).Wake);
        Assert.False(second.IsCompleted);
        plane.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.False((await second).Wake);
    }

    [Fact]
    public async Task Push_answers_the_held_poll_also_while_a_stream_is_open()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        await using AgentEvents events = await plane.OpenStreamAsync("a1");
        Task<Answer> poll = plane.WakeAsync("a1");
        await plane.WaitForRouteAsync("a1", "sse+poll");

        await plane.PushAsync("a1", """{"action":"pause"}""");

        Assert.True((await poll).Wake);
        Assert.Equal(": connected hb=15000", await events.NextAsync());
        Assert.StartsWith("command ", await events.NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wake_between_two_polls_answers_the_next_one_and_only_that()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        plane.Host.Nudge("a1");
        plane.Host.Nudge("a1");

        Assert.True((await plane.WakeAsync("a1")).Wake);
        plane.Time.Advance(TimeSpan.FromSeconds(1));
        Task<Answer> next = plane.WakeAsync("a1");
        await plane.Host.WaitUntilAsync("a1", agent => agent.Agent.LastSeen == plane.Time.GetUtcNow(), plane.Deadline);
        Assert.False(next.IsCompleted);
        plane.Time.Advance(TimeSpan.FromSeconds(28));
        Assert.False((await next).Wake);
    }

    [Fact]
    public async Task Agent_that_gives_its_poll_up_is_not_polling()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        using CancellationTokenSource givenUp = new();
        Task<Answer> poll = plane.WakeAsync("a1", givenUp.Token);
        await plane.WaitForRouteAsync("a1", "poll");

        await givenUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => poll);
        await plane.WaitForRouteAsync("a1", "none");
        plane.Host.Nudge("a1");
        Assert.True((await plane.WakeAsync("a1")).Wake);
    }

    [Fact]
    public async Task Agent_that_polls_no_more_is_not_polling_though_the_wall_clock_was_set_back()
    {
        ShiftedTimeProvider? clock = null;
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(
            configure: options => options with { TimeProvider = clock = new ShiftedTimeProvider(options.TimeProvider) });
        plane.Host.Nudge("a1");
        Assert.True((await plane.WakeAsync("a1")).Wake);
        await plane.WaitForRouteAsync("a1", "poll");

        clock!.Shift = -TimeSpan.FromHours(1);
        Assert.Equal("poll", (await plane.Host.ShowAsync("a1")).Agent.Route);
        plane.Time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal("none", (await plane.Host.ShowAsync("a1")).Agent.Route);
    }
}
