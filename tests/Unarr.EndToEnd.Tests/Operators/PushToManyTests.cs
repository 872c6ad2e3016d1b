using System.Text.Json;
using Unarr.EndToEnd.Tests.ControlPlane;

namespace Unarr.EndToEnd.Tests.Operators;

public sealed class PushToManyTests
{
    private const string Path = "/api/operator/controls";

    [Fact]
    public async Task Push_is_followed_until_each_agent_has_an_outcome()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(
            agents: 5, configure: options => options with { QueueLimit = 1 });
        await plane.PushAsync("a5", """{"action":"pause"}""");

        Answer pushed = await PushAsync(
            plane, """{"agents":["a1","a2","a3","a4","a5","a9"],"controls":[{"action":"pause","taskId":"t1"}]}""");
        Assert.Equal(207, pushed.Status);
        string push = pushed.Json.GetProperty("push").GetString()!;
        string[] ids =
        [
            .. pushed.Json.GetProperty("results").EnumerateArray().Take(4).Select(result => result.GetProperty("ids")[0].GetString()!),
        ];
        Assert.Equal("failed=0 full=1 pending=4 unknown=1", await OutcomesAsync(plane, push, "failed", "full", "pending", "unknown"));

        await plane.SyncAsync("a1", $$""","appliedControls":["{{ids[0]}}"]""");
        await plane.SyncAsync("a2", $$""","failedControls":[{"id":"{{ids[1]}}","error":"no such task"}]""");
        await plane.OperatorAsync(HttpMethod.Delete, $"/a3/controls/{ids[2]}");
        Assert.Equal(
            "applied=1 failed=1 full=1 pending=1 unknown=1 withdrawn=1",
            await OutcomesAsync(plane, push, "applied", "failed", "full", "pending", "unknown", "withdrawn"));

        Answer detail = await GetAsync(plane, $"/api/operator/pushes/{push}");
        JsonElement first = detail.Json.GetProperty("results")[0];
        Assert.Equal("a2 failed no such task", $"{Text(first, "agent")} {Text(first, "outcome")} {Text(first, "error")}");
        Assert.False(detail.Json.GetProperty("push").GetProperty("isDone").GetBoolean());
        Assert.Equal("operator", Text(detail.Json.GetProperty("push"), "operator"));
    }

    [Fact]
    public async Task Push_that_is_repeated_under_its_key_is_the_same_push_also_after_a_restart()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        const string Body = """{"all":true,"controls":[{"action":"pause"}]}""";
        JsonElement first = await plane.PushWithKeyAsync(Path, Body, "key-1");
        JsonElement again = await plane.PushWithKeyAsync(Path, Body, "key-1");
        Assert.Equal(Text(first, "push"), Text(again, "push"));
        Assert.Single((await GetAsync(plane, "/api/operator/pushes")).Json.GetProperty("pushes").EnumerateArray());
        string id = first.GetProperty("results")[0].GetProperty("ids")[0].GetString()!;
        await plane.SyncAsync("a1", $$""","appliedControls":["{{id}}"]""");

        await plane.Host.StopAsync();
        await plane.Host.StartAsync();
        JsonElement restarted = await plane.PushWithKeyAsync(Path, Body, "key-1");

        Assert.Equal("applied=1 pending=1", await OutcomesAsync(plane, Text(restarted, "push"), "applied", "pending"));
    }

    [Fact]
    public async Task Push_that_is_withdrawn_ends_what_is_still_pending_of_it()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(agents: 3);
        Answer pushed = await PushAsync(plane, """{"all":true,"controls":[{"action":"pause"},{"action":"resume"}]}""");
        Assert.Equal(202, pushed.Status);
        string push = pushed.Json.GetProperty("push").GetString()!;
        string applied = pushed.Json.GetProperty("results")[0].GetProperty("ids")[0].GetString()!;
        await plane.SyncAsync("a1", $$""","appliedControls":["{{applied}}"]""");

        Answer withdrawn = await plane.SendAsync(HttpMethod.Delete, $"/api/operator/pushes/{push}", RunningControlPlane.OperatorKey);

        Assert.Equal(5, withdrawn.Json.GetProperty("withdrawn").GetInt32());
        Assert.Equal("withdrawn=3", await OutcomesAsync(plane, push, "withdrawn"));
        Assert.Empty((await plane.SyncAsync("a2", ""","appliedControls":[]""")).ControlIds);
        Assert.True((await GetAsync(plane, "/api/operator/pushes")).Json.GetProperty("pushes")[0].GetProperty("isDone").GetBoolean());
    }

    [Theory]
    [InlineData("""{"state":"live"}""", "a1")]
    [InlineData("""{"state":"new"}""", "a3")]
    [InlineData("""{"state":["away","new"]}""", "a2,a3")]
    [InlineData("""{"text":"BERLIN"}""", "a2")]
    [InlineData("""{"state":"new","text":"a"}""", "a3")]
    public async Task Filter_chooses_by_state_and_text(string filter, string expected)
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(agents: 3);
        await plane.SyncAsync("a2", ""","version":"1.0-berlin" """);
        await using AgentEvents events = await plane.OpenStreamAsync("a1");
        await plane.WaitForRouteAsync("a1", "sse");

        Answer pushed = await PushAsync(plane, $$"""{"filter":{{filter}},"controls":[{"action":"pause"}]}""");

        Assert.Equal(202, pushed.Status);
        Assert.Equal(
            expected, string.Join(',', pushed.Json.GetProperty("results").EnumerateArray().Select(result => Text(result, "agent"))));
    }

    [Theory]
    [InlineData("""{"controls":[{"action":"pause"}]}""", "The body is not")]
    [InlineData("""{"all":true,"agents":["a1"],"controls":[{"action":"pause"}]}""", "The body is not")]
    [InlineData("""{"all":false,"controls":[{"action":"pause"}]}""", "\"all\" is true")]
    [InlineData("""{"all":true,"controls":[]}""", "empty")]
    [InlineData("""{"all":true,"control":[],"controls":[{"action":"pause"}]}""", "\"control\" is not a member")]
    [InlineData("""{"filter":{},"controls":[{"action":"pause"}]}""", "\"all\":true")]
    [InlineData("""{"filter":{"state":"asleep"},"controls":[{"action":"pause"}]}""", "live, polling, away, notBack, new, unknown")]
    [InlineData("""{"all":true,"controls":[{"action":"pause"}],"expiresAfter":"soon"}""", "100ms to 87600h")]
    [InlineData("""{"all":true,"controls":[{"action":"pause"}],"expiresAfter":0}""", "100ms to 87600h")]
    [InlineData("""{"all":true,"controls":[{"action":"pause"}],"expiresAfter":"99ms"}""", "100ms to 87600h")]
    [InlineData("""{"all":true,"controls":[{"action":"pause"}],"expiresAfter":"87601h"}""", "100ms to 87600h")]
    [InlineData("""{"all":true,"controls":[{"action":"pause"}],"expiresAfter":315360001}""", "100ms to 87600h")]
    [InlineData("""{"agents":["\ud800"],"controls":[{"action":"pause"}]}""", "surrogate")]
    public async Task Mistake_in_a_push_to_many_is_refused_and_named(string body, string named)
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        Answer answer = await PushAsync(plane, body);
        Assert.Equal(400, answer.Status);
        Assert.Contains(named, answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Push_of_more_controls_than_the_bound_is_refused_and_names_it()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(agents: 101);
        string controls = string.Join(',', Enumerable.Repeat("""{"action":"pause"}""", 1000));
        Answer answer = await PushAsync(plane, $$"""{"all":true,"controls":[{{controls}}]}""");
        Assert.Equal(400, answer.Status);
        Assert.Contains("1000 controls for 101 agents are more than the 100000", answer.Error, StringComparison.Ordinal);
        Assert.Equal(404, (await PushAsync(plane, """{"filter":{"text":"nobody"},"controls":[{"action":"pause"}]}""")).Status);
    }

    [Theory]
    [InlineData("""{"action":"pause","taskId":"t1","expiresAfter":"30s"}""")]
    [InlineData("""{"controls":[{"action":"pause","taskId":"t1"}],"expiresAfter":30}""")]
    public async Task Push_expires_after_its_time_and_is_shown_so(string body)
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        await plane.PushAsync("a1", body);
        JsonElement pending = (await plane.OperatorAsync(HttpMethod.Get, "/a1")).Json.GetProperty("pending")[0];
        Assert.Equal(plane.Time.GetUtcNow() + TimeSpan.FromSeconds(30), pending.GetProperty("expiresAt").GetDateTimeOffset());

        plane.Time.Advance(TimeSpan.FromSeconds(31));

        await plane.Host.WaitUntilAsync("a1", agent => agent.Settled is [{ State: "expired" }], plane.Deadline);
        Assert.Empty((await plane.SyncAsync("a1")).ControlIds);
    }

    private static Task<Answer> PushAsync(RunningControlPlane plane, string body) =>
        plane.SendAsync(HttpMethod.Post, Path, RunningControlPlane.OperatorKey, body);

    private static Task<Answer> GetAsync(RunningControlPlane plane, string path) =>
        plane.SendAsync(HttpMethod.Get, path, RunningControlPlane.OperatorKey);

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static async Task<string> OutcomesAsync(RunningControlPlane plane, string push, params string[] names)
    {
        JsonElement outcomes = (await GetAsync(plane, $"/api/operator/pushes/{push}")).Json.GetProperty("push").GetProperty("outcomes");
        return string.Join(
            ' ', names.Select(name => $"{name}={(outcomes.TryGetProperty(name, out JsonElement count) ? count.GetInt32() : 0)}"));
    }
}
