using System.Net;
using System.Net.Sockets;
using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;
using Unarr.ControlPlane.Demo;
using Unarr.ControlPlane.Hosting;
using Unarr.EndToEnd.Tests.ControlPlane;

namespace Unarr.EndToEnd.Tests.Downlink;

/// <summary>Agent and control plane over real sockets: what is pushed arrives, whatever becomes of the path.</summary>
public sealed class DownlinkTests
{
    // For the tests in which silence is to be noticed. The others get the default, which no busy machine misses.
    private static readonly TimeSpan ShortHeartbeat = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Command_on_a_good_path_arrives_on_the_stream(bool hedging)
    {
        await using ControlPlaneHost host = await StartAsync();
        await using RunningAgent agent = Agent(host.BaseAddress, options => options with { Hedging = hedging });
        DownlinkStatus status = await agent.UntilAsync(status => status.State == DownlinkState.Live);
        // The sync at the change of route would bring it too.
        await agent.UntilSyncedAsync(report => report.Reason == (hedging ? SyncReason.Reconnect : SyncReason.Start));

        await PushAsync(host, "t1");

        (Control control, ControlRoute source) = await agent.ControlAsync();
        Assert.Equal(("cancel", "t1", true), (control.Action, control.TaskId, control.DeleteFiles));
        Assert.Equal(ControlRoute.Stream, source);
        Assert.Equal(DownlinkRoutes.Stream, status.Routes);
        Assert.Equal(host.BaseAddress, status.Server);
    }

    [Fact]
    public async Task Command_in_poll_mode_arrives_by_a_woken_sync()
    {
        await using ControlPlaneHost host = await StartAsync();
        await using RunningAgent agent = Agent(host.BaseAddress, options => options with { Mode = DownlinkMode.LongPoll });
        await host.WaitUntilAsync("a1", view => view.Agent.Route == "poll", agent.Deadline);

        await PushAsync(host, "t1");

        Assert.Equal(("t1", ControlRoute.Sync), await TaskAndSourceAsync(agent));
    }

    [Fact]
    public async Task Commands_in_poll_mode_that_follow_each_other_keep_the_route_and_arrive_in_order()
    {
        await using ControlPlaneHost host = await StartAsync();
        await using RunningAgent agent = Agent(host.BaseAddress, options => options with { Mode = DownlinkMode.LongPoll });
        List<DownlinkRoutes> routes = [];
        agent.StatusChanged = status => routes.Add(status.Routes);
        await host.WaitUntilAsync("a1", view => view.Agent.Route == "poll", agent.Deadline);

        string[] pushed = [.. Enumerable.Range(0, 40).Select(index => $"t{index}")];
        foreach (string task in pushed)
        {
            // The next one when this one has come: as fast as wakes can be.
            await PushAsync(host, task);
            Assert.Equal((task, ControlRoute.Sync), await TaskAndSourceAsync(agent));
        }

        Assert.DoesNotContain(DownlinkRoutes.None, routes.SkipWhile(route => route == DownlinkRoutes.None));
    }

    [Fact]
    public async Task Nudge_makes_the_agent_sync()
    {
        await using ControlPlaneHost host = await StartAsync();
        await using RunningAgent agent = Agent(host.BaseAddress);
        await agent.UntilAsync(status => status.State == DownlinkState.Live);
        // While this one is pending, the nudge's sync would be the same.
        await agent.UntilSyncedAsync(report => report.Reason == SyncReason.Reconnect);

        host.Nudge("a1");

        await agent.UntilSyncedAsync(report => report is { Reason: SyncReason.Event, Succeeded: true });
    }

    [Fact]
    public async Task Muted_path_is_covered_by_the_long_poll_and_healed_path_by_the_stream()
    {
        await using ControlPlaneHost host = await StartAsync(ShortHeartbeat);
        await using BufferingRelay relay = await BufferingRelay.StartAsync(host.BaseAddress);
        await using RunningAgent agent = Agent(relay.Address);
        await agent.UntilAsync(status => status.State == DownlinkState.Live);

        relay.Mute();
        DownlinkStatus suspect = await agent.UntilAsync(status => status.Routes.HasFlag(DownlinkRoutes.LongPoll));
        await PushAsync(host, "muted");
        Assert.Equal(("muted", ControlRoute.Sync), await TaskAndSourceAsync(agent));
        Assert.Matches("expected a heartbeat every .* s; the long-poll starts alongside it", suspect.Reason);

        relay.Heal();
        await agent.UntilAsync(status => status.Routes == DownlinkRoutes.Stream);
        await PushAsync(host, "healed");
        Assert.Equal("healed", (await agent.ControlAsync()).Control.TaskId);
    }

    [Fact]
    public async Task Muted_path_under_the_sequential_rule_falls_back_after_three_streams_and_comes_back_after_the_window()
    {
        await using ControlPlaneHost host = await StartAsync();
        await using BufferingRelay relay = await BufferingRelay.StartAsync(host.BaseAddress);
        relay.Mute();
        await using RunningAgent agent = Agent(
            relay.Address, options => options with
            {
                Hedging = false,
                LivenessTimeout = TimeSpan.FromMilliseconds(300),
                // A wake that is answered as the window ends is lost with that poll: the sync loop bounds what that costs.
                SyncInterval = TimeSpan.FromMilliseconds(500),
            });

        DownlinkStatus fallback = await agent.UntilAsync(status => status.State == DownlinkState.Polling);
        Assert.StartsWith("3 unhealthy streams in a row", fallback.Reason, StringComparison.Ordinal);
        Assert.Equal(3, fallback.Failures);
        await PushAsync(host, "muted");
        Assert.Equal("muted", (await agent.ControlAsync()).Control.TaskId);

        relay.Heal();
        await agent.UntilAsync(status => status.State == DownlinkState.Live);
    }

    [Fact]
    public async Task Status_tells_since_when_what_failed_and_when_the_last_frame_came()
    {
        await using ControlPlaneHost host = await StartAsync(ShortHeartbeat);
        await using BufferingRelay relay = await BufferingRelay.StartAsync(host.BaseAddress);
        DateTimeOffset begun = DateTimeOffset.UtcNow;
        await using RunningAgent agent = Agent(relay.Address, options => options with { LivenessTimeout = 2.5 * ShortHeartbeat });
        DownlinkStatus live = await agent.UntilAsync(status => status.State == DownlinkState.Live);
        relay.Mute();
        DownlinkStatus givenUp = await agent.UntilAsync(status => status.State == DownlinkState.Polling);

        Assert.Null(live.LastError);
        Assert.Equal(0, live.Failures);
        Assert.InRange(live.LastFrame!.Value, begun, live.Since);
        Assert.Equal(1, givenUp.Failures);
        Assert.Contains("silent for", givenUp.LastError, StringComparison.Ordinal);
        Assert.True(givenUp.Since > live.Since);
    }

    [Fact]
    public async Task Dead_mirror_is_passed_over()
    {
        await using ControlPlaneHost host = await StartAsync();
        using Socket dead = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        dead.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Uri refused = new($"http://{dead.LocalEndPoint}");
        await using RunningAgent agent = new(() => RunningControlPlane.KeyOf("a1"), [refused, host.BaseAddress]);

        DownlinkStatus live = await agent.UntilAsync(status => status.State == DownlinkState.Live);

        Assert.Equal(host.BaseAddress, live.Server);
    }

    [Fact]
    public async Task Refused_key_is_reported_without_being_told()
    {
        await using ControlPlaneHost host = await StartAsync();
        await using RunningAgent agent = new(() => "no-such-key", [host.BaseAddress]);

        DownlinkStatus refused = await agent.UntilAsync(status => status.State == DownlinkState.Unauthorized);

        Assert.Equal(DownlinkRoutes.None, refused.Routes);
        Assert.Contains("401", refused.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("no-such-key", refused.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rotated_key_is_read_again_in_the_same_attempt()
    {
        await using ControlPlaneHost host = await StartAsync();
        int asked = 0;
        await using RunningAgent agent = new(
            () => Interlocked.Increment(ref asked) == 1 ? "no-such-key" : RunningControlPlane.KeyOf("a1"), [host.BaseAddress]);

        DownlinkStatus first = await agent.UntilAsync(status => status.State is DownlinkState.Live or DownlinkState.Unauthorized);
        SyncReport sync = await agent.UntilSyncedAsync(_ => true);

        // Stream or sync, whichever asked first, was refused once.
        Assert.Equal(DownlinkState.Live, first.State);
        Assert.True(sync.Succeeded);
    }

    [Fact]
    public async Task Controls_over_restarts_of_the_control_plane_are_applied_once_each()
    {
        await using ControlPlaneHost host = await StartAsync();
        await using RunningAgent agent = Agent(host.BaseAddress, options => options with { SyncInterval = TimeSpan.FromMilliseconds(100) });
        List<string> pushed = [];
        for (int restart = 0; restart < 5; restart++)
        {
            await agent.UntilAsync(status => status.Routes != DownlinkRoutes.None);
            for (int control = 0; control < 20; control++)
            {
                string task = $"t{restart}-{control}";
                pushed.Add(task);
                await PushAsync(host, task);
            }

            await host.StopAsync();
            await host.StartAsync();
        }

        foreach (string _ in pushed)
        {
            await agent.ControlAsync();
        }

        await host.WaitUntilAsync("a1", view => view.Pending.Count == 0, agent.Deadline);
        Assert.Equal(pushed.Order(), agent.Applied.Order());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Controls_over_random_route_switches_are_applied_once_each(int seed)
    {
        Random random = new(seed);
        await using ControlPlaneHost host = await StartAsync(ShortHeartbeat);
        await using BufferingRelay relay = await BufferingRelay.StartAsync(host.BaseAddress);
        await using RunningAgent agent = Agent(relay.Address, options => options with { SyncInterval = TimeSpan.FromMilliseconds(200) });
        await agent.UntilAsync(status => status.State == DownlinkState.Live);
        List<string> pushed = [];
        for (int step = 0; step < 60; step++)
        {
            switch (random.Next(6))
            {
                case 0:
                    relay.Mute();
                    break;
                case 1:
                    relay.Heal();
                    break;
                case 2:
                    host.EndStream("a1");
                    break;
                case 3:
                    host.Nudge("a1");
                    break;
            }

            pushed.Add($"t{step}");
            await PushAsync(host, pushed[^1]);
            if (random.Next(3) == 0)
            {
                await agent.UntilSyncedAsync(_ => true);
            }
        }

        await host.WaitUntilAsync("a1", view => view.Pending.Count == 0, agent.Deadline);
        Assert.Equal(pushed.Order(), agent.Applied.Order());
    }

    [Fact]
    public async Task Control_whose_handler_fails_is_tried_three_times_and_then_reported()
    {
        await using ControlPlaneHost host = await StartAsync();
        await using RunningAgent agent = Agent(host.BaseAddress, options => options with { SyncInterval = TimeSpan.FromMilliseconds(50) });
        int tries = 0;
        agent.Fail = _ => new InvalidOperationException($"try {Interlocked.Increment(ref tries)}");
        await agent.UntilAsync(status => status.State == DownlinkState.Live);

        await PushAsync(host, "t1");

        var settled = await host.WaitUntilAsync("a1", view => view.Settled.Count == 1, agent.Deadline);
        Assert.Equal(("failed", "try 3"), (settled.Settled[0].State, settled.Settled[0].Error));
        Assert.Equal(3, tries);
    }

    [Fact]
    public async Task Controls_are_not_applied_again_after_the_agent_restarts_with_its_state_file()
    {
        string stateFile = Path.Combine(Path.GetTempPath(), $"unarr-{Guid.NewGuid():N}");
        try
        {
            await using ControlPlaneHost host = await StartAsync();
            RunningAgent first = Agent(host.BaseAddress, options => options with { StateFile = stateFile });
            await first.UntilAsync(status => status.State == DownlinkState.Live);
            await PushAsync(host, "t1");
            await first.ControlAsync();

            // The control plane is away when the first agent ends, so it is not told that the control was applied.
            await host.StopAsync();
            await first.DisposeAsync();
            await host.StartAsync();

            await using RunningAgent second = Agent(host.BaseAddress, options => options with { StateFile = stateFile });
            await second.UntilSyncedAsync(report => report is { Reason: SyncReason.Start, Succeeded: true });
            await host.WaitUntilAsync("a1", view => view.Pending.Count == 0, second.Deadline);
            Assert.Empty(second.Applied);
        }
        finally
        {
            File.Delete(stateFile);
        }
    }

    [Fact]
    public async Task Stopped_agent_leaves_no_stream_and_no_poll_on_the_server()
    {
        await using ControlPlaneHost host = await StartAsync();
        RunningAgent agent = Agent(host.BaseAddress);
        await agent.UntilAsync(status => status.State == DownlinkState.Live);

        await agent.DisposeAsync();

        await host.WaitUntilAsync("a1", view => view.Agent.Route == "none").WaitAsync(TimeSpan.FromSeconds(60));
    }

    private static async Task<ControlPlaneHost> StartAsync(TimeSpan? heartbeat = null)
    {
        ControlPlaneOptions options = new() { Keys = RunningControlPlane.Keys(1) };
        ControlPlaneHost host = new(heartbeat is { } interval ? options with { Heartbeat = interval } : options);
        await host.StartAsync();
        return host;
    }

    private static RunningAgent Agent(Uri mirror, Func<DownlinkSettings, DownlinkSettings>? configure = null) =>
        new(() => RunningControlPlane.KeyOf("a1"), [mirror], configure);

    private static async Task PushAsync(ControlPlaneHost host, string task) =>
        await host.PushAsync("a1", [new Control("cancel", task) { DeleteFiles = true }]);

    private static async Task<(string, ControlRoute)> TaskAndSourceAsync(RunningAgent agent)
    {
        (Control control, ControlRoute source) = await agent.ControlAsync();
        return (control.TaskId, source);
    }
}
