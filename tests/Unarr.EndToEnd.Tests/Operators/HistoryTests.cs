using System.Text.Json;
using Unarr.Agents.Hub.Sqlite;
using Unarr.EndToEnd.Tests.ControlPlane;

namespace Unarr.EndToEnd.Tests.Operators;

public sealed class HistoryTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-history-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task History_beyond_64_is_kept_by_a_setting_and_read_by_pages(bool isInFile)
    {
        using SqliteControlStore? store =
            isInFile ? SqliteControlStore.Open(Path.Combine(_folder.FullName, "store.db"), maxEnded: 300) : null;
        await using RunningControlPlane plane =
            await RunningControlPlane.StartAsync(configure: options => options with { Store = store, History = 300 });
        string[] ids = await EndAsync(plane, "a1", 310);

        List<string> seen = [];
        string query = "";
        do
        {
            JsonElement page = (await plane.OperatorAsync(HttpMethod.Get, $"/a1/history?limit=128{query}")).Json;
            seen.AddRange(page.GetProperty("controls").EnumerateArray().Select(control => control.GetProperty("id").GetString()!));
            query = page.TryGetProperty("before", out JsonElement before) ? $"&before={before.GetInt64()}" : "";
        }
        while (query.Length > 0);

        Assert.Equal(ids.Reverse().Take(300), seen);
        JsonElement settled = (await plane.OperatorAsync(HttpMethod.Get, "/a1")).Json.GetProperty("settled");
        Assert.Equal(ids[^64..], settled.EnumerateArray().Select(control => control.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task Export_is_one_object_a_line_with_what_is_pending_and_what_has_ended()
    {
        await using RunningControlPlane plane =
            await RunningControlPlane.StartAsync(configure: options => options with { History = 1000 });
        await EndAsync(plane, "a1", 600);
        await plane.PushAsync("a2", """{"action":"pause","taskId":"naïve \"quotes\"","params":{"n":1}}""");

        JsonElement[] all = Lines(await plane.TextAsync("/api/operator/export"));
        Assert.Equal(601, all.Length);
        Assert.Equal(601, all.Select(line => Id(line)).Distinct().Count());
        JsonElement pending = Assert.Single(all, line => line.GetProperty("agent").GetString() == "a2").GetProperty("control");
        Assert.Equal("pending", pending.GetProperty("state").GetString());
        Assert.Equal("naïve \"quotes\"", pending.GetProperty("taskId").GetString());
        Assert.Equal(1, pending.GetProperty("params").GetProperty("n").GetInt32());

        Assert.Single(Lines(await plane.TextAsync("/api/operator/export?agent=a2")));
        Assert.Equal(404, (await plane.SendAsync(HttpMethod.Get, "/api/operator/export?agent=a9", RunningControlPlane.OperatorKey)).Status);
    }

    [Fact]
    public async Task Withdrawn_control_is_not_handed_out_and_one_that_ended_is_a_conflict()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        string[] ids = await plane.PushAsync("a1", """[{"action":"pause"},{"action":"resume"}]""");

        Assert.Equal(204, (await plane.OperatorAsync(HttpMethod.Delete, $"/a1/controls/{ids[0]}")).Status);
        Assert.Equal([ids[1]], (await plane.SyncAsync("a1")).ControlIds);

        Answer again = await plane.OperatorAsync(HttpMethod.Delete, $"/a1/controls/{ids[0]}");
        Assert.Equal(409, again.Status);
        Assert.Contains("withdrawn", again.Error, StringComparison.Ordinal);
        Assert.Equal(404, (await plane.OperatorAsync(HttpMethod.Delete, "/a1/controls/none")).Status);
        Assert.Equal(404, (await plane.OperatorAsync(HttpMethod.Delete, $"/a2/controls/{ids[1]}")).Status);
    }

    [Theory]
    [InlineData("/api/operator/agents/a1/history?limit=0", "1 to 256")]
    [InlineData("/api/operator/agents/a1/history?limit=257", "1 to 256")]
    [InlineData("/api/operator/agents/a1/history?before=x", "before")]
    [InlineData("/api/operator/audit?limit=1001", "1 to 1000")]
    public async Task Query_that_cannot_be_used_is_refused_and_its_bound_is_named(string path, string named)
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        Answer answer = await plane.SendAsync(HttpMethod.Get, path, RunningControlPlane.OperatorKey);
        Assert.Equal(400, answer.Status);
        Assert.Contains(named, answer.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/api/operator/audit")]
    [InlineData("GET", "/api/operator/export")]
    [InlineData("GET", "/api/operator/pushes")]
    [InlineData("GET", "/api/operator/pushes/p1")]
    [InlineData("DELETE", "/api/operator/pushes/p1")]
    [InlineData("POST", "/api/operator/controls")]
    [InlineData("GET", "/api/operator/agents/a1/history")]
    [InlineData("DELETE", "/api/operator/agents/a1/controls/c1")]
    public async Task Request_without_the_operator_s_key_is_refused(string method, string path)
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        Assert.Equal(401, (await plane.SendAsync(new HttpMethod(method), path, key: null)).Status);
        Assert.Equal(401, (await plane.SendAsync(new HttpMethod(method), path, RunningControlPlane.KeyOf("a1"))).Status);
    }

    /// <summary>Pushes controls to an agent, which acknowledges them.</summary>
    private static async Task<string[]> EndAsync(RunningControlPlane plane, string agent, int count)
    {
        string[] ids = await plane.PushAsync(
            agent, $"[{string.Join(',', Enumerable.Range(0, count).Select(i => $$"""{"action":"pause","taskId":"t{{i}}"}"""))}]");
        await plane.SyncAsync(agent, $""","appliedControls":[{string.Join(',', ids.Select(id => $"\"{id}\""))}]""");
        return ids;
    }

    private static JsonElement[] Lines(string text) =>
        [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    private static string? Id(JsonElement line) => line.GetProperty("control").GetProperty("id").GetString();
}
