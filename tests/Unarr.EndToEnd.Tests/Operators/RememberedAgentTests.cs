using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Hub.Desk;
using Unarr.Agents.Hub.Sqlite;
using Unarr.EndToEnd.Tests.ControlPlane;

namespace Unarr.EndToEnd.Tests.Operators;

public sealed class RememberedAgentTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-remembered-");

    private string File => Path.Combine(_folder.FullName, "store.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Name_version_and_times_of_an_agent_are_known_after_a_restart_until_it_comes_back(bool isInFile)
    {
        using SqliteControlStore? store = isInFile ? SqliteControlStore.Open(File) : null;
        await using RunningControlPlane plane =
            await RunningControlPlane.StartAsync(configure: options => options with { Store = store });
        DateTimeOffset seen = plane.Time.GetUtcNow();
        await plane.SyncAsync("a1", ""","version":"1.2","os":"linux","arch":"x64" """);
        Assert.Equal("new", await StateAsync(plane, "a2"));

        await plane.Host.StopAsync();
        plane.Time.Advance(TimeSpan.FromMinutes(1));
        await plane.Host.StartAsync();

        JsonElement agent = await AgentAsync(plane, "a1");
        Assert.Equal("notBack n 1.2 linux x64", string.Join(
            ' ', new[] { "state", "name", "version", "os", "arch" }.Select(name => agent.GetProperty(name).GetString())));
        Assert.Equal(seen, agent.GetProperty("lastSeen").GetDateTimeOffset());
        Assert.Equal(seen, agent.GetProperty("lastSync").GetDateTimeOffset());
        Assert.Equal("new", await StateAsync(plane, "a2"));

        await plane.SyncAsync("a1", ""","version":"1.3" """);
        agent = await AgentAsync(plane, "a1");
        Assert.Equal("away", agent.GetProperty("state").GetString());
        Assert.Equal("1.3", agent.GetProperty("version").GetString());
        Assert.Equal(plane.Time.GetUtcNow(), agent.GetProperty("lastSeen").GetDateTimeOffset());
    }

    [Fact]
    public async Task Agent_is_kept_while_the_hub_runs_and_not_written_again_when_nothing_but_its_time_has_changed()
    {
        using SqliteControlStore store = SqliteControlStore.Open(File);
        FakeTimeProvider time = new();
        using AgentDirectory agents = new(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(30), time);
        AgentKeeper keeper = new(agents, store);
        Sync(agents, "a1");
        await keeper.KeepAsync(keeper.Look(exactly: false), default);

        time.Advance(TimeSpan.FromMinutes(1));
        Sync(agents, "a1");
        Assert.Empty(keeper.Look(exactly: false));
        Assert.Single(keeper.Look(exactly: true));
        time.Advance(AgentMemory.SeenWithin);
        Assert.Empty(keeper.Look(exactly: false));
        Sync(agents, "a1");
        Assert.Single(keeper.Look(exactly: false));

        Assert.Equal("a1", Assert.Single(await store.GetRememberedAgentsAsync(default)).Id);
        await store.RemoveAgentAsync("a1", default);
        Assert.Empty(await store.GetRememberedAgentsAsync(default));
    }

    [Fact]
    public async Task Agent_whom_the_store_did_not_take_is_written_at_the_next_look()
    {
        SqliteControlStore broken = SqliteControlStore.Open(File);
        using AgentDirectory agents = new(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(30), new FakeTimeProvider());
        Sync(agents, "a1");
        broken.Dispose();
        AgentKeeper failing = new(agents, broken);
        await Assert.ThrowsAnyAsync<Exception>(() => failing.KeepAsync(failing.Look(exactly: false), default));

        using SqliteControlStore store = SqliteControlStore.Open(File);
        AgentKeeper keeper = new(agents, store);
        await keeper.KeepAsync(keeper.Look(exactly: false), default);

        Assert.Equal("a1", Assert.Single(await store.GetRememberedAgentsAsync(default)).Id);
        Assert.Empty(keeper.Look(exactly: false));
    }

    private static void Sync(AgentDirectory agents, string id)
    {
        Agents.Hub.Agents.Agent agent = agents.GetOrAdd(id);
        agent.Came();
        agent.Synced(new AgentDescription(id, "n", "1.2", "linux", "x64", 0));
    }

    private static async Task<JsonElement> AgentAsync(RunningControlPlane plane, string id) =>
        (await plane.OperatorAsync(HttpMethod.Get, $"/{id}")).Json.GetProperty("agent");

    private static async Task<string?> StateAsync(RunningControlPlane plane, string id) =>
        (await AgentAsync(plane, id)).GetProperty("state").GetString();
}
