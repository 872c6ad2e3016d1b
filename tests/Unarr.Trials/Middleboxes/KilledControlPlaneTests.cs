namespace Unarr.EndToEnd.Tests.Middleboxes;

/// <summary>A control plane that is killed again and again, and comes back where it was.</summary>
public sealed class KilledControlPlaneTests
{
    private const int Kills = 20;
    private const int Lanes = 3;
    private const int PushesBeforeTheKill = 20;

    private readonly HashSet<string> _owed = [];
    private int _pushed;

    [Fact]
    public async Task Control_plane_that_is_killed_under_load_loses_no_command_and_the_agent_applies_none_twice()
    {
        await using ServedControlPlane controlPlane = await ServedControlPlane.StartAsync();
        await using AgentProcess agent = ServedControlPlane.StartAgent(
            [controlPlane.Address], "--reconnect-delay", "50ms", "--poll-retry-delay", "50ms", "--sync-interval", "500ms");

        for (int kill = 0; kill < Kills; kill++)
        {
            using SemaphoreSlim enough = new(0);
            Task[] lanes = [.. Enumerable.Range(0, Lanes).Select(_ => PushUntilItDiesAsync(controlPlane, enough))];

            // Something has come in each life, and pushes are under way when it ends.
            int applied = agent.Tasks.Count;
            await agent.UntilAsync(() => agent.Tasks.Count > applied);
            for (int push = 0; push < PushesBeforeTheKill; push++)
            {
                await enough.WaitAsync();
            }

            await controlPlane.RestartAsync(Task.WhenAll(lanes));
        }

        await agent.UntilAsync(() => agent.Tasks.Count >= _owed.Count && _owed.IsSubsetOf(agent.Tasks));
        while (await controlPlane.PendingAsync() > 0)
        {
            await agent.UntilSyncAsync();
        }

        await agent.EndAsync();

        Assert.True(_owed.Count >= Kills * PushesBeforeTheKill);
        Assert.Empty(agent.Tasks.GroupBy(task => task).Where(group => group.Count() > 1).Select(group => group.Key));
    }

    /// <summary>Pushes one command after another; those that are answered are owed, the one under way at the end may be.</summary>
    private async Task PushUntilItDiesAsync(ServedControlPlane controlPlane, SemaphoreSlim accepted)
    {
        while (true)
        {
            string task = $"t{Interlocked.Increment(ref _pushed)}";
            try
            {
                await controlPlane.PushAsync(task);
            }
            catch (HttpRequestException)
            {
                return;
            }

            lock (_owed)
            {
                _owed.Add(task);
            }

            accepted.Release();
        }
    }
}
