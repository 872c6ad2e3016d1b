using System.Globalization;
using Unarr.Agents.Downlink;
using Unarr.Agents.Hub.Keys;
using Unarr.Agents.Protocol;
using Unarr.ControlPlane.Hosting;
using Unarr.ControlPlane.Operator;
using Unarr.EndToEnd.Tests.ControlPlane;
using Unarr.EndToEnd.Tests.Downlink;

namespace Unarr.EndToEnd.Tests.Hostile;

/// <summary>A request to a real control plane cut at every byte offset: whatever was cut, controls arrive, each once,
/// and are acknowledged.</summary>
public class CutRequestTests
{
    /// <summary>The first acknowledgement may be of one control alone or of both, and so a little shorter or longer.</summary>
    private const int AnIdMore = 64;

    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(5);

    private static readonly ParallelOptions AtOnce = new() { MaxDegreeOfParallelism = 16 };

    private static readonly string[] Tasks = ["first", "second"];

    [Theory]
    [InlineData("events", Cut.Close)]
    [InlineData("events", Cut.Reset)]
    [InlineData("wake", Cut.Close)]
    [InlineData("wake", Cut.Reset)]
    [InlineData("sync", Cut.Close)]
    [InlineData("sync", Cut.Reset)]
    public async Task Request_cut_at_any_offset_loses_no_control_and_applies_none_twice(string endpoint, Cut cut)
    {
        int length = await LengthAsync(endpoint);
        Assert.InRange(length, 100, 2000);
        await using ControlPlaneHost host = await HostAsync(length);
        await Parallel.ForAsync(0, length, AtOnce, async (offset, _) =>
        {
            int passed = await ExchangeAsync(host, offset, endpoint, offset, cut);

            Assert.InRange(passed, Math.Min(offset, length - AnIdMore), offset);
        });
    }

    private static async Task<int> LengthAsync(string endpoint)
    {
        await using ControlPlaneHost host = await HostAsync(agents: 1);
        return await ExchangeAsync(host, agent: 0, endpoint, offset: int.MaxValue, Cut.Close);
    }

    private static async Task<ControlPlaneHost> HostAsync(int agents)
    {
        Dictionary<string, string> keys = Enumerable.Range(0, agents).Select(Id).ToDictionary(id => id, RunningControlPlane.KeyOf);
        ControlPlaneHost host = new(new ControlPlaneOptions { Keys = new ApiKeys(RunningControlPlane.OperatorKey, keys) });
        await host.StartAsync();
        return host;
    }

    /// <summary>All ids, and so all requests, are of one length.</summary>
    private static string Id(int agent) => string.Create(CultureInfo.InvariantCulture, $"a{agent:0000}");

    /// <summary>Two controls to one agent, of whose requests one is cut: for a sync the one that acknowledges them.</summary>
    /// <returns>How much of that request has passed.</returns>
    private static async Task<int> ExchangeAsync(ControlPlaneHost host, int agent, string endpoint, int offset, Cut cut)
    {
        string id = Id(agent);
        await using RequestCuttingRelay relay = new(
            host.BaseAddress, endpoint, endpoint == "sync" ? "\"appliedControls\":[\"" : "", offset, cut);
        await using RunningAgent running = new(() => RunningControlPlane.KeyOf(id), [relay.Address], options => options with
        {
            AgentId = id,
            Mode = endpoint == "wake" ? DownlinkMode.LongPoll : DownlinkMode.Auto,
            ReconnectDelay = Short,
            PollRetryDelay = Short,
        });
        await running.UntilCoveredAsync();
        await host.PushAsync(id, [.. Tasks.Select(task => new Control("pause", task))]);
        await running.ControlAsync();
        await running.ControlAsync();

        AgentDetailView view = await host.ShowAsync(id);
        while (view.Pending.Count > 0)
        {
            host.Nudge(id);
            await running.UntilSyncedAsync(_ => true);
            view = await host.ShowAsync(id);
        }

        int passed = await relay.Length.WaitAsync(running.Deadline);
        await running.UntilCoveredAsync();
        Assert.Equal(Tasks, running.Applied);
        return passed;
    }
}
