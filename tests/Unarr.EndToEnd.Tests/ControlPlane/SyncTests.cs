using System.Text.Json;
using Unarr.ControlPlane.Operator;

namespace Unarr.EndToEnd.Tests.ControlPlane;

public sealed class SyncTests
{
    [Fact]
    public async Task Control_is_delivered_in_every_sync_until_it_is_acknowledged()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        string[] ids = await plane.PushAsync(
            "a1", """[{"action":"pause","taskId":"t1"},{"action":"cancel","taskId":"t2"},{"action":"resume"}]""");

        Assert.Equal(ids, (await plane.SyncAsync("a1", ""","appliedControls":[]""")).ControlIds);
        Assert.Equal(ids, (await plane.SyncAsync("a1", ""","appliedControls":["unknown"]""")).ControlIds);
        Assert.Equal(
            [ids[0]],
            (await plane.SyncAsync(
                "a1", $$""","appliedControls":["{{ids[1]}}"],"failedControls":[{"id":"{{ids[2]}}","error":"no such task"}]""")).ControlIds);
        Assert.Empty((await plane.SyncAsync("a1", $$""","appliedControls":["{{ids[0]}}","{{ids[1]}}"]""")).ControlIds);

        AgentDetailView agent = await plane.Host.ShowAsync("a1");
        Assert.Empty(agent.Pending);
        Assert.Equal(["applied", "failed", "applied"], agent.Settled.Select(control => control.State));
        Assert.Equal("no such task", agent.Settled[1].Error);
    }

    [Fact]
    public async Task Agent_that_does_not_acknowledge_gets_each_control_once_by_sync()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        string[] ids = await plane.PushAsync("a1", """{"action":"pause","taskId":"t1"}""");

        Assert.Equal(ids, (await plane.SyncAsync("a1")).ControlIds);
        await plane.Host.WaitUntilAsync("a1", agent => agent.Agent.Pending == 0, plane.Deadline);
        Assert.Empty((await plane.SyncAsync("a1")).ControlIds);
    }

    [Fact]
    public async Task Command_on_the_stream_leaves_the_control_pending_for_the_sync()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        await using AgentEvents events = await plane.OpenStreamAsync("a1", after: "");
        Assert.StartsWith(": connected", await events.NextAsync(), StringComparison.Ordinal);
        string[] ids = await plane.PushAsync("a1", """{"action":"pause","taskId":"t1"}""");
        Assert.StartsWith("command ", await events.NextAsync(), StringComparison.Ordinal);

        Assert.Equal(ids, (await plane.SyncAsync("a1")).ControlIds);
    }

    [Fact]
    public async Task Controls_of_one_agent_are_not_another_s()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        string[] ids = await plane.PushAsync("a1", """{"action":"pause"}""");

        Assert.Empty((await plane.SyncAsync("a2", $$""","appliedControls":["{{ids[0]}}"]""")).ControlIds);
        Assert.Equal(ids, (await plane.SyncAsync("a1")).ControlIds);
    }

    [Fact]
    public async Task Watching_is_the_operator_s_and_turning_it_on_asks_for_a_sync()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        Assert.False((await plane.SyncAsync("a1")).Json.GetProperty("watching").GetBoolean());

        Assert.Equal(200, (await plane.OperatorAsync(HttpMethod.Put, "/a1/watching", """{"watching":true}""")).Status);

        Assert.True((await plane.WakeAsync("a1")).Wake);
        Assert.True((await plane.SyncAsync("a1")).Json.GetProperty("watching").GetBoolean());
    }

    [Theory]
    [InlineData("""{"agentId":""", 400)]
    [InlineData("""{"name":"no id"}""", 400)]
    [InlineData("null", 400)]
    [InlineData("""{"agentId":"a1","name":null,"tasks":null,"appliedControls":[null],"failedControls":[null],"more":{"x":1}}""", 200)]
    [InlineData("\uFEFF{\"AGENTID\":\"a1\",\"os\":\"\\ud800\",\"Tasks\":[{\"x\":\"\\udc00\"}]}", 200)]
    [InlineData("""{"agentId":"a1"} {}""", 400)]
    public async Task Body_is_read_with_care(string body, int status)
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        Answer answer = await plane.SendAsync(HttpMethod.Post, "/api/internal/agent/sync", RunningControlPlane.KeyOf("a1"), body);
        Assert.Equal(status, answer.Status);
        Assert.True(status == 200 || answer.Error.Length > 0);
    }

    [Fact]
    public async Task Body_past_its_bound_is_refused()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(
            configure: options => options with { MaxBodyBytes = 1000 });
        string exact = JsonSerializer.Serialize(new string('x', 900));
        Assert.Equal(200, (await plane.SyncAsync("a1", $",\"more\":{exact}")).Status);
        Answer answer = await plane.SyncAsync("a1", $",\"more\":{exact},\"evenMore\":{exact}");
        Assert.Equal(413, answer.Status);
        Assert.NotEmpty(answer.Error);
    }
}
