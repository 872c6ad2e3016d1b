using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Unarr.Agents.Hub.Sqlite;
using Unarr.EndToEnd.Tests.Page;

namespace Unarr.EndToEnd.Tests.ControlPlane;

public sealed class StoreFailureTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-failing-");
    private readonly SqliteConnection _connection;
    private readonly SqliteControlStore _store;

    public StoreFailureTests()
    {
        _connection = SqliteControlFile.Open(Path.Combine(_folder.FullName, "store.db"));
        _store = new SqliteControlStore(_connection);
    }

    public void Dispose()
    {
        _store.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Store_that_cannot_be_written_is_told_to_whoever_needs_it_at_health_and_once_in_the_log()
    {
        ConcurrentQueue<string> lines = [];
        using LineLog log = new(lines.Enqueue);
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(
            configure: options => options with { Store = _store, Logging = logging => logging.AddProvider(log) });
        string[] ids = await plane.PushAsync("a1", """{"action":"pause"}""");
        Execute("PRAGMA query_only = ON");

        for (int i = 0; i < 3; i++)
        {
            foreach (Answer answer in new[]
            {
                await plane.OperatorAsync(HttpMethod.Post, "/a1/controls", """{"action":"resume"}"""),
                await plane.SyncAsync("a1", $$""","appliedControls":["{{ids[0]}}"]"""),
                await plane.SyncAsync("a1"),
            })
            {
                Assert.Equal(503, answer.Status);
                Assert.Equal("The store cannot be used: it may not be written.", answer.Error);
                Assert.Equal(TimeSpan.FromSeconds(5), answer.Headers.RetryAfter!.Delta);
            }
        }

        Answer health = await plane.SendAsync(HttpMethod.Get, "/health", key: null);
        Assert.Equal(503, health.Status);
        Assert.Equal("failing", health.Json.GetProperty("status").GetString());
        Assert.Equal("The store cannot be used: it may not be written.", health.Error);
        Assert.Single(lines, line => line.Contains("The store cannot be used", StringComparison.Ordinal));

        // It is found to work again by whoever looks first.
        Execute("PRAGMA query_only = OFF");
        Assert.Equal(200, (await plane.SendAsync(HttpMethod.Get, "/health", key: null)).Status);
        Assert.Equal(ids, (await plane.SyncAsync("a1")).ControlIds);
        Assert.Single(lines, line => line.Contains("The store can be used again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Deleted_store_is_told_and_streams_and_polls_stay()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(configure: options => options with { Store = _store });
        await using AgentEvents events = await plane.OpenStreamAsync("a1", after: "");
        Assert.Equal(": connected hb=15000", await events.NextAsync());
        await plane.SyncAsync("a1");
        string file = Path.Combine(_folder.FullName, "store.db");
        File.Move(file, file + ".away");

        Answer push = await plane.OperatorAsync(HttpMethod.Post, "/a1/controls", """{"action":"pause"}""");
        Assert.Equal(503, push.Status);
        Assert.Contains("deleted or moved", push.Error, StringComparison.Ordinal);
        Assert.Equal(503, (await plane.SyncAsync("a1")).Status);
        Assert.Equal(503, (await plane.SendAsync(HttpMethod.Get, "/health", key: null)).Status);
        plane.Time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(": hb", await events.NextAsync());

        File.Move(file + ".away", file);
        Assert.Equal(200, (await plane.SendAsync(HttpMethod.Get, "/health", key: null)).Status);
        await plane.PushAsync("a1", """{"action":"pause"}""");
        Assert.StartsWith("command ", await events.NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_that_could_not_read_the_store_looks_again_at_its_next_heartbeat()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(configure: options => options with { Store = _store });
        string[] ids = await plane.PushAsync("a1", """{"action":"pause"}""");
        string file = Path.Combine(_folder.FullName, "store.db");
        File.Move(file, file + ".away");
        await using AgentEvents events = await plane.OpenStreamAsync("a1", after: "");
        Assert.Equal(": connected hb=15000", await events.NextAsync());
        plane.Host.Nudge("a1");
        Assert.StartsWith("sync ", await events.NextAsync(), StringComparison.Ordinal);

        File.Move(file + ".away", file);
        string? frame;
        do
        {
            plane.Time.Advance(TimeSpan.FromSeconds(15));
            frame = await events.NextAsync();
        }
        while (frame == ": hb");

        Assert.Contains(ids[0], frame, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unreadable_control_is_shown_logged_once_and_in_nobody_s_way()
    {
        ConcurrentQueue<string> lines = [];
        using LineLog log = new(lines.Enqueue);
        string[] ids;
        await using (RunningControlPlane before = await RunningControlPlane.StartAsync(
            configure: options => options with { Store = _store }))
        {
            ids = await before.PushAsync("a1", """[{"action":"pause"},{"action":"resume"},{"action":"cancel"}]""");
        }

        Execute($"UPDATE control SET control = replace(control, '\"action\"', '\"act') WHERE id = '{ids[1]}'");
        using SqliteControlStore restarted = new(_connection);
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(
            configure: options => options with { Store = restarted, Logging = logging => logging.AddProvider(log) });

        await using AgentEvents events = await plane.OpenStreamAsync("a1", after: "");
        Assert.Equal(": connected hb=15000", await events.NextAsync());
        string? command = await events.NextAsync();
        Assert.Contains(ids[0], command, StringComparison.Ordinal);
        Assert.Contains(ids[2], command, StringComparison.Ordinal);
        Assert.Equal([ids[0], ids[2]], (await plane.SyncAsync("a1", after: "")).ControlIds);

        Answer shown = await plane.OperatorAsync(HttpMethod.Get, "/a1");
        Assert.Equal(200, shown.Status);
        Assert.Equal("unreadable", shown.Json.GetProperty("settled")[0].GetProperty("state").GetString());
        Assert.Equal(ids[1], shown.Json.GetProperty("settled")[0].GetProperty("id").GetString());
        Assert.Single(lines, line => line.Contains(ids[1], StringComparison.Ordinal));
    }

    [Fact]
    public async Task Push_past_the_queue_s_bytes_is_refused_whole_and_the_bound_is_named()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(
            configure: options => options with { QueueLimit = 4096 });
        string controls = string.Join(
            ',', Enumerable.Range(0, 400).Select(_ => $$"""{"action":"pause","taskId":"{{new string('t', 500)}}"}"""));
        for (int i = 0; i < 3; i++)
        {
            await plane.PushAsync("a1", $"[{controls}]");
            await plane.SyncAsync("a1");
            await plane.Host.WaitUntilAsync("a1", agent => agent.Agent.Pending == 0, plane.Deadline);
        }

        await plane.PushAsync("a1", $"[{controls}]");
        await plane.PushAsync("a1", $"[{controls}]");
        Answer full = await plane.OperatorAsync(HttpMethod.Post, "/a1/controls", $"[{controls},{controls}]");
        Assert.Equal(429, full.Status);
        Assert.Contains("786432 bytes", full.Error, StringComparison.Ordinal);
        Assert.Equal(800, (await plane.Host.ShowAsync("a1")).Pending.Count);
    }

    private void Execute(string sql)
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
