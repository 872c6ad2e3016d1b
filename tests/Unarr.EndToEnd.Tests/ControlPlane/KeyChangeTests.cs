using System.Net.Http.Headers;
using System.Text;
using Unarr.Agents.Hub.Keys;

namespace Unarr.EndToEnd.Tests.ControlPlane;

public sealed class KeyChangeTests
{
    private const string Applied = """{"agentId":"a1","appliedControls":[]}""";

    [Fact]
    public async Task Replaced_key_ends_the_agent_s_stream_and_polls_and_no_other_agent_s()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        await using AgentEvents replaced = await OpenStreamAsync(plane, "a1");
        await using AgentEvents kept = await OpenStreamAsync(plane, "a2");
        Task<Answer> replacedPoll = plane.WakeAsync("a1");
        await plane.WaitForRouteAsync("a1", "sse+poll");
        Task<Answer> keptPoll = plane.WakeAsync("a2");
        await plane.WaitForRouteAsync("a2", "sse+poll");

        plane.Host.UseKeys(Replaced());
        await plane.PushAsync("a1", """{"action":"pause"}""");

        Assert.Null(await replaced.NextAsync());
        Assert.Equal(401, (await replacedPoll).Status);
        Assert.Equal(401, (await plane.SyncAsync("a1")).Status);
        plane.Host.Nudge("a2");
        Assert.StartsWith("sync ", await kept.NextAsync(), StringComparison.Ordinal);
        Assert.True((await keptPoll).Wake);

        Answer sync = await plane.SendAsync(HttpMethod.Post, "/api/internal/agent/sync", "the-new-key", Applied);
        Assert.Single(sync.ControlIds);
    }

    [Fact]
    public async Task Sync_that_began_with_a_key_that_is_then_replaced_gets_and_settles_nothing()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        string id = Assert.Single(await plane.PushAsync("a1", """{"action":"pause"}"""));
        using StalledBody body = new($$"""{"agentId":"a1","appliedControls":["{{id}}"]}""");
        Task<int> sync = SendAsync(plane, "/api/internal/agent/sync", RunningControlPlane.KeyOf("a1"), body);
        await body.Sending.WaitAsync(plane.Deadline);

        plane.Host.UseKeys(Replaced());
        body.GoOn();

        Assert.Equal(401, await sync);
        Assert.Equal(1, (await plane.Host.ShowAsync("a1")).Agent.Pending);
    }

    [Fact]
    public async Task Push_that_began_with_an_operator_s_key_that_is_then_replaced_is_refused()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        using StalledBody body = new("""{"action":"pause"}""");
        Task<int> push = SendAsync(plane, "/api/operator/agents/a1/controls", RunningControlPlane.OperatorKey, body);
        await body.Sending.WaitAsync(plane.Deadline);

        plane.Host.UseKeys(new ApiKeys("another-operator-key", Agents(RunningControlPlane.KeyOf("a1"))));
        body.GoOn();

        Assert.Equal(401, await push);
        Assert.Equal(0, (await plane.Host.ShowAsync("a1")).Agent.Pending);
    }

    [Fact]
    public async Task Agent_whose_key_counts_before_and_after_is_admitted_at_every_moment_between()
    {
        AgentKeyRing ring = new(RunningControlPlane.Keys(1), agents: null, "keys", isComplete: () => true);
        Task swapping = Task.Run(() =>
        {
            for (int i = 0; i < 2000; i++)
            {
                ring.Use(RunningControlPlane.Keys(1 + (i % 3)));
            }
        });
        while (!swapping.IsCompleted)
        {
            Assert.Equal("a1", ring.Current.FindAgent(RunningControlPlane.KeyOf("a1")));
            Assert.Equal("a1", ring.FindUser(RunningControlPlane.KeyOf("a1"))?.Identity?.Name);
            Assert.True(ring.FindUser(RunningControlPlane.KeyOf("a3"))?.Identity is null or { Name: "a3" });
        }

        await swapping;
    }

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("a\u001b[31m")]
    public void Id_that_no_path_can_carry_is_refused(string id)
    {
        FormatException refusal = Assert.Throws<FormatException>(
            () => new ApiKeys("operator", new Dictionary<string, string> { [id] = "key" }));
        Assert.Contains("is not an agent id", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(refusal.Message, char.IsControl);
    }

    private static ApiKeys Replaced() => new(RunningControlPlane.OperatorKey, Agents("the-new-key"));

    private static Dictionary<string, string> Agents(string key) => new() { ["a1"] = key, ["a2"] = RunningControlPlane.KeyOf("a2") };

    private static async Task<AgentEvents> OpenStreamAsync(RunningControlPlane plane, string agent)
    {
        AgentEvents events = await plane.OpenStreamAsync(agent);
        Assert.StartsWith(": connected", await events.NextAsync(), StringComparison.Ordinal);
        return events;
    }

    private static async Task<int> SendAsync(RunningControlPlane plane, string path, string key, HttpContent body)
    {
        using HttpClient client = new();
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri(plane.Host.BaseAddress, path)) { Content = body };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using HttpResponseMessage response = await client.SendAsync(request, plane.Deadline);
        return (int)response.StatusCode;
    }

    /// <summary>A body that stops after its first byte until it may go on.</summary>
    private sealed class StalledBody(string text) : HttpContent
    {
        private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _sending = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Sending => _sending.Task;

        public void GoOn() => _goOn.SetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            await stream.WriteAsync(bytes.AsMemory(0, 1));
            await stream.FlushAsync();
            _sending.SetResult();
            await _goOn.Task;
            await stream.WriteAsync(bytes.AsMemory(1));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
