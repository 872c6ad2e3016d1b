
namespace Unarr.EndToEnd.Tests.Middleboxes;

/// <summary>A HAProxy that cuts what is silent for longer than its <c>timeout server</c>: streams and long-polls alike.</summary>
public sealed class HaProxyTests
{
    private const int Cuts = 2;
    private const int Commands = 20;

    // A poll that was held for 5 s and then cut counts as answered.
    private static readonly TimeSpan ServerTimeout = TimeSpan.FromSeconds(5.5);

    [SkippableFact]
    public async Task Proxy_that_cuts_stream_and_long_poll_leaves_the_agent_covered_and_no_command_is_lost()
    {
        Needs.Program(HaProxy.Program);
        await using ServedControlPlane controlPlane = await ServedControlPlane.StartAsync(heartbeat: "15s");
        await using HaProxy proxy = await HaProxy.StartAsync(controlPlane.Address, ServerTimeout);

        // No sync at an interval: what comes is pushed.
        await using AgentProcess agent = ServedControlPlane.StartAgent([proxy.Address], "--sync-interval", "1h");
        await agent.UntilRouteAsync("sse", "live");

        List<string> pushed = [];
        await PushAsync("live");
        await proxy.UntilAsync("/api/internal/agent/events 200 sD");
        for (int cut = 0; cut < Cuts; cut++)
        {
            await proxy.UntilAsync("/api/internal/agent/wake 504 sH");
            await PushAsync($"cut{cut}-");
        }

        await agent.EndAsync();

        Assert.Equal(pushed.Order(), agent.Tasks.Order());
        Assert.DoesNotContain(agent.Of("sync"), line => line.GetProperty("reason").GetString() == "interval");
        Assert.All(
            agent.Of("route").SkipWhile(line => line.GetProperty("state").GetString() == "connecting").SkipLast(1),
            line => Assert.NotEqual("none", line.GetProperty("route").GetString()));

        async Task PushAsync(string name)
        {
            pushed.AddRange(await controlPlane.PushAsync(Commands, name));
            await agent.UntilAsync(() => agent.Tasks.Count >= pushed.Count);
        }
    }
}
