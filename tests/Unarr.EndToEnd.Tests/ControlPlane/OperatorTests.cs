using System.Text.Json;

namespace Unarr.EndToEnd.Tests.ControlPlane;

public sealed class OperatorTests
{
    [Theory]
    [InlineData("GET", "/api/internal/agent/events")]
    [InlineData("GET", "/api/internal/agent/wake")]
    [InlineData("POST", "/api/internal/agent/sync")]
    [InlineData("GET", "/api/operator/agents")]
    [InlineData("GET", "/api/operator/agents/a1")]
    [InlineData("GET", "/api/operator/stream")]
    [InlineData("POST", "/api/operator/agents/a1/controls")]
    [InlineData("POST", "/api/operator/agents/a1/sync")]
    [InlineData("PUT", "/api/operator/agents/a1/watching")]
    public async Task Request_without_the_right_key_is_refused(string method, string path)
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        string wrongRole = path.StartsWith("/api/operator", StringComparison.Ordinal)
            ? RunningControlPlane.KeyOf("a1")
            : RunningControlPlane.OperatorKey;
        foreach (string? key in new[] { null, "nobody's", wrongRole })
        {
            Answer answer = await plane.SendAsync(new HttpMethod(method), path, key);
            Assert.Equal(401, answer.Status);
            Assert.NotEmpty(answer.Error);
            Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.ToString());
        }
    }

    [Fact]
    public async Task Replaced_keys_count_at_once_and_end_the_streams_of_agents_that_have_none_left()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        await using AgentEvents events = await plane.OpenStreamAsync("a2");
        Assert.StartsWith(": connected", await events.NextAsync(), StringComparison.Ordinal);

        plane.Host.UseKeys(RunningControlPlane.Keys(1));

        Assert.Null(await events.NextAsync());
        Assert.Equal(401, (await plane.SyncAsync("a2")).Status);
        Assert.Equal(200, (await plane.SyncAsync("a1")).Status);
    }

    [Fact]
    public async Task List_shows_what_an_agent_told_and_how_it_is_reached()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        await plane.SyncAsync("a1", ""","version":"1.2","os":"linux","arch":"x64","tasks":[{"id":"t1"}]""");
        await plane.PushAsync("a2", """{"action":"pause"}""");
        await using AgentEvents events = await plane.OpenStreamAsync("a1");
        await plane.WaitForRouteAsync("a1", "sse");

        JsonElement[] agents = [.. (await plane.OperatorAsync(HttpMethod.Get, "")).Json.GetProperty("agents").EnumerateArray()];

        Assert.Equal(["a1", "a2"], agents.Select(agent => agent.GetProperty("id").GetString()));
        Assert.Equal(["sse", "none"], agents.Select(agent => agent.GetProperty("route").GetString()));
        Assert.Equal([0, 1], agents.Select(agent => agent.GetProperty("pending").GetInt32()));
        Assert.Equal("1.2", agents[0].GetProperty("version").GetString());
        Assert.Equal(1, agents[0].GetProperty("tasks").GetInt32());
        Assert.Equal(plane.Time.GetUtcNow(), agents[0].GetProperty("lastSeen").GetDateTimeOffset());
        Assert.False(agents[1].TryGetProperty("lastSeen", out _));
    }

    [Fact]
    public async Task Push_past_the_queue_s_bound_is_refused_whole_until_there_is_room()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(configure: options => options with { QueueLimit = 3 });
        const string Two = """[{"action":"pause"},{"action":"resume"}]""";
        await plane.PushAsync("a1", Two);

        Answer full = await plane.OperatorAsync(HttpMethod.Post, "/a1/controls", Two);
        Assert.Equal(429, full.Status);
        Assert.NotEmpty(full.Error);
        Assert.Equal(TimeSpan.FromSeconds(10), full.Headers.RetryAfter!.Delta);

        await plane.PushAsync("a2", Two);
        await plane.PushAsync("a1", """{"action":"cancel"}""");
        Assert.Equal(3, (await plane.SyncAsync("a1")).ControlIds.Length);
        await plane.Host.WaitUntilAsync("a1", agent => agent.Agent.Pending == 0, plane.Deadline);
        await plane.PushAsync("a1", Two);
    }

    [Theory]
    [InlineData("""[]""")]
    [InlineData("""17""")]
    [InlineData("""null""")]
    [InlineData("""{"taskId":"t1"}""")]
    [InlineData("""{"action":7}""")]
    [InlineData("""[{"action":"pause"},null]""")]
    [InlineData("""{"action":"pause","id":"mine"}""")]
    [InlineData("""{"action":""")]
    public async Task Push_of_what_is_no_control_is_refused(string body)
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        Answer answer = await plane.OperatorAsync(HttpMethod.Post, "/a1/controls", body);
        Assert.Equal(400, answer.Status);
        Assert.NotEmpty(answer.Error);
        Assert.Empty((await plane.SyncAsync("a1")).ControlIds);
    }

    [Fact]
    public async Task Unknown_agents_and_paths_are_not_found()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        foreach ((HttpMethod method, string path) in new[]
        {
            (HttpMethod.Get, "/a9"), (HttpMethod.Post, "/a9/controls"), (HttpMethod.Post, "/a9/sync"), (HttpMethod.Put, "/a9/watching"),
            (HttpMethod.Get, "/a1/nothing"),
        })
        {
            Answer answer = await plane.OperatorAsync(method, path, method == HttpMethod.Get ? null : "{}");
            Assert.Equal(404, answer.Status);
            Assert.NotEmpty(answer.Error);
        }
    }

    [Fact]
    public async Task Nudge_reaches_stream_and_poll()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        await using AgentEvents events = await plane.OpenStreamAsync("a1");
        Assert.StartsWith(": connected", await events.NextAsync(), StringComparison.Ordinal);
        Task<Answer> poll = plane.WakeAsync("a1");
        await plane.WaitForRouteAsync("a1", "sse+poll");

        Assert.Equal(204, (await plane.OperatorAsync(HttpMethod.Post, "/a1/sync")).Status);

        Assert.Equal("""sync {"reason":"operator"}""", await events.NextAsync());
        Assert.True((await poll).Wake);
    }

    [Fact]
    public async Task Health_needs_no_key()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        Answer answer = await plane.SendAsync(HttpMethod.Get, "/health", key: null);
        Assert.Equal(200, answer.Status);
        Assert.Equal("ok", answer.Json.GetProperty("status").GetString());
    }
}
