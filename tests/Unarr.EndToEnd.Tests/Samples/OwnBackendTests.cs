using System.Text.Json;
using Unarr.EndToEnd.Tests.ControlPlane;

namespace Unarr.EndToEnd.Tests.Samples;

/// <summary>The sample does what its reader is promised, over HTTP.</summary>
public sealed class OwnBackendTests(RunningSample sample) : IClassFixture<RunningSample>
{
    [Fact]
    public async Task Limit_that_is_set_is_applied_and_acknowledged_and_reported()
    {
        await using AgentEvents live = await sample.FollowAsync();
        Answer answer = await sample.SendAsync(HttpMethod.Put, "desk/agents/agent-1/limit", """{"bytesPerSecond":7000}""");

        Assert.Equal(202, answer.Status);
        string id = answer.Json.GetProperty("ids")[0].GetString()!;
        JsonElement ended = await RunningSample.UntilAsync(live, "control", control => control.GetProperty("id").GetString() == id);
        Assert.Equal(
            ("agent-1", "set-limit", "Applied"),
            (ended.GetProperty("agentId").GetString(), ended.GetProperty("action").GetString(), ended.GetProperty("state").GetString()));
        await UntilAgentAsync(live, agent => agent.GetProperty("bytesPerSecond").GetInt64() == 7000);

        Answer controls = await sample.SendAsync(HttpMethod.Get, "desk/agents/agent-1/controls");
        Assert.Contains(controls.Json.EnumerateArray(), control =>
            control.GetProperty("id").GetString() == id && control.GetProperty("state").GetString() == "Applied");
    }

    [Fact]
    public async Task Limit_that_the_agent_cannot_hold_fails_with_what_it_says()
    {
        await using AgentEvents live = await sample.FollowAsync();
        Answer answer = await sample.SendAsync(HttpMethod.Put, "desk/agents/agent-1/limit", """{"bytesPerSecond":-4}""");
        string id = answer.Json.GetProperty("ids")[0].GetString()!;
        JsonElement ended = await RunningSample.UntilAsync(live, "control", control => control.GetProperty("id").GetString() == id);
        Assert.Equal("Failed", ended.GetProperty("state").GetString());
        Assert.Equal("The limit is 1 to 1000000 bytes a second, and not -4.", ended.GetProperty("error").GetString());
    }

    [Fact]
    public async Task Job_goes_out_with_a_sync_and_comes_back_done()
    {
        await using AgentEvents live = await sample.FollowAsync();
        Answer answer = await sample.SendAsync(HttpMethod.Post, "desk/agents/agent-1/jobs", """{"name":"short","bytes":200}""");
        Assert.Equal(202, answer.Status);
        Assert.Equal("Waiting", answer.Json.GetProperty("state").GetString());
        await UntilJobAsync(live, answer.Json.GetProperty("id").GetString()!, "Done");
    }

    [Fact]
    public async Task Job_that_is_cancelled_ends_and_is_not_handed_out_again()
    {
        await using AgentEvents live = await sample.FollowAsync();
        Answer answer = await sample.SendAsync(HttpMethod.Post, "desk/agents/agent-1/jobs", """{"name":"long","bytes":100000000}""");
        string id = answer.Json.GetProperty("id").GetString()!;
        await UntilJobAsync(live, id, "Running");
        Assert.Equal(202, (await sample.SendAsync(HttpMethod.Delete, $"desk/agents/agent-1/jobs/{id}")).Status);
        await UntilJobAsync(live, id, "Cancelled");
        JsonElement next = await UntilAgentAsync(live, _ => true);
        Assert.Equal("Cancelled", StateOf(next, id));
    }

    [Fact]
    public async Task Event_of_the_backend_s_own_reaches_the_agent_at_once()
    {
        await sample.UntilConnectedAsync();
        await using AgentEvents live = await sample.FollowAsync();
        Answer answer = await sample.SendAsync(HttpMethod.Post, "desk/agents/agent-1/announcements", """{"text":"lunch"}""");
        Assert.Equal(202, answer.Status);
        await UntilAgentAsync(live, agent => agent.GetProperty("announcement").GetString() == "lunch");
        Assert.Equal(409, (await sample.SendAsync(
            HttpMethod.Post, "desk/agents/nobody/announcements", """{"text":"lunch"}""")).Status);
    }

    [Theory]
    [InlineData("PUT", "limit", """{"bytesPerSecon":5}""", 400)]
    [InlineData("PUT", "limit", "no json", 400)]
    [InlineData("POST", "jobs", """{"name":"","bytes":5}""", 400)]
    [InlineData("POST", "jobs", """{"name":null,"bytes":5}""", 400)]
    [InlineData("POST", "jobs", """{"name":"empty","bytes":0}""", 400)]
    public async Task Bad_input_is_refused(string method, string what, string body, int status) =>
        Assert.Equal(status, (await sample.SendAsync(new HttpMethod(method), $"desk/agents/agent-1/{what}", body)).Status);

    [Theory]
    [InlineData("PUT", "limit", """{"bytesPerSecond":5}""")]
    [InlineData("POST", "jobs", """{"name":"a","bytes":5}""")]
    public async Task Agent_that_does_not_exist_is_not_found(string method, string what, string body)
    {
        Answer answer = await sample.SendAsync(new HttpMethod(method), $"desk/agents/nobody/{what}", body);
        Assert.Equal((404, "There is no agent 'nobody'."), (answer.Status, answer.Error));
    }

    [Fact]
    public async Task Page_is_open_and_what_it_asks_for_needs_the_key()
    {
        using HttpClient stranger = new() { BaseAddress = sample.Address };
        Assert.Contains("desk/", await stranger.GetStringAsync(""), StringComparison.Ordinal);
        Assert.Equal("Healthy", await stranger.GetStringAsync("health"));
        Assert.Equal(401, (int)(await stranger.GetAsync("desk/agents")).StatusCode);
        Assert.Equal(401, (int)(await stranger.GetAsync("desk/live")).StatusCode);
    }

    private static async Task UntilJobAsync(AgentEvents live, string id, string state) =>
        await UntilAgentAsync(live, agent => StateOf(agent, id) == state);

    private static Task<JsonElement> UntilAgentAsync(AgentEvents live, Func<JsonElement, bool> isIt) =>
        RunningSample.UntilAsync(live, "agent", isIt);

    private static string? StateOf(JsonElement agent, string jobId) => agent.GetProperty("jobs").EnumerateArray()
        .Where(job => job.GetProperty("id").GetString() == jobId)
        .Select(job => job.GetProperty("state").GetString()).SingleOrDefault();
}
