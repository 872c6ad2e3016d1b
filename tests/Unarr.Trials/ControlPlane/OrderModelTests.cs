using Unarr.Agents.Hub;
using Unarr.Agents.Hub.Sqlite;
using Unarr.Agents.Protocol;
using Xunit.Abstractions;

namespace Unarr.EndToEnd.Tests.ControlPlane;

/// <summary>The hub from outside: whatever is cut, late or lost, no control reaches an agent for the first time after a later
/// one.</summary>
public sealed class OrderModelTests(ITestOutputHelper output)
{
    private const int Pushes = 250;

    [Theory]
    [InlineData(AgentKind.After, false)]
    [InlineData(AgentKind.Acknowledging, false)]
    [InlineData(AgentKind.Applying, false)]
    [InlineData(AgentKind.After, true)]
    [InlineData(AgentKind.Acknowledging, true)]
    [InlineData(AgentKind.Applying, true)]
    public async Task Controls_reach_each_agent_in_order_and_none_is_lost(AgentKind kind, bool inFile)
    {
        const int Agents = 4;
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("unarr-order-");
        using (SqliteControlStore? store = inFile ? SqliteControlStore.Open(Path.Combine(folder.FullName, "store.db")) : null)
        {
            await using RunningControlPlane plane = await RunningControlPlane.StartAsync(
                Agents, options => options with { Store = store, QueueLimit = 4096 });
            await Task.WhenAll(Enumerable.Range(1, Agents).Select(i => CheckAsync(plane, $"a{i}", kind, seed + i)));
        }

        folder.Delete(recursive: true);
    }

    private static async Task CheckAsync(RunningControlPlane plane, string id, AgentKind kind, int seed)
    {
        Random random = new(seed);
        int[] sizes = [.. Enumerable.Range(0, Pushes).Select(_ => random.Next(1, 4))];
        ModelAgent agent = new(plane, id, kind, seed, sizes.Sum());
        Task running = agent.RunAsync();
        List<string> pushed = [];
        foreach (int size in sizes)
        {
            Control[] controls = [.. Enumerable.Range(0, size).Select(i => new Control("pause", $"t{i}"))];
            PushResult result = await plane.Host.PushAsync(id, controls, plane.Deadline);
            Assert.Equal(PushStatus.Queued, result.Status);
            pushed.AddRange(result.ControlIds);
            if (random.Next(3) > 0)
            {
                await Task.Delay(random.Next(6), plane.Deadline);
            }
        }

        Exception? failure = await Record.ExceptionAsync(() => running);
        int inversion = pushed.Zip(agent.Firsts).TakeWhile(pair => pair.First == pair.Second).Count();
        Assert.True(
            failure is null && pushed.SequenceEqual(agent.Firsts),
            $"seed {seed}, {kind}: {agent.Firsts.Count} of {pushed.Count} came, in order up to {inversion}. {failure}");
    }
}
