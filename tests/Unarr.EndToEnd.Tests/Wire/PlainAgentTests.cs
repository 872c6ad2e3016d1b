using System.Text.Json;
using Unarr.EndToEnd.Tests.ControlPlane;

namespace Unarr.EndToEnd.Tests.Wire;

/// <summary>The control plane against an agent that was written from the protocol's page alone; it sends the page's own requests.</summary>
public sealed class PlainAgentTests
{
    private const string Events = "GET /api/internal/agent/events";
    private const string Wake = "GET /api/internal/agent/wake";
    private const string Sync = "POST /api/internal/agent/sync";

    [Fact]
    public async Task Stream_carries_what_is_pushed_and_a_sync_acknowledges_it()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        await using PlainAgent stream = await SendAsync(plane, ProtocolPage.Request(Events));
        Assert.StartsWith("HTTP/1.1 200 OK\n", stream.Head, StringComparison.Ordinal);
        foreach (string header in ProtocolPage.AnswerTo(Events).Head.Split('\n'))
        {
            Assert.Contains($"{header}\n", stream.Head, StringComparison.Ordinal);
        }

        Assert.Equal(": connected hb=15000", await stream.ReadEventAsync());
        string[] ids = await plane.PushAsync("a1", """[{"action":"cancel","taskId":"t1","deleteFiles":true},{"action":"pause"}]""");
        string[] command = (await stream.ReadNextEventAsync())!.Split(' ', 2);
        Assert.Equal("command", command[0]);
        JsonElement[] controls = [.. JsonDocument.Parse(command[1]).RootElement.GetProperty("controls").EnumerateArray()];
        Assert.Equal(ids, controls.Select(control => control.GetProperty("id").GetString()));
        Assert.Equal("cancel", controls[0].GetProperty("action").GetString());
        Assert.Equal("t1", controls[0].GetProperty("taskId").GetString());
        Assert.True(controls[0].GetProperty("deleteFiles").GetBoolean());
        Assert.Equal(plane.Time.GetUtcNow().ToUnixTimeMilliseconds(), controls[0].GetProperty("at").GetInt64());

        // The first is acknowledged, and the sync says that the agent has come so far: the answer starts with the second.
        JsonElement answer = await SyncAsync(plane, ProtocolPage.Request(Sync, ("c1", ids[0])));
        Assert.Equal([ids[1]], answer.GetProperty("controls").EnumerateArray().Select(control => control.GetProperty("id").GetString()));
        Assert.False(answer.GetProperty("watching").GetBoolean());
        JsonElement agent = (await plane.OperatorAsync(HttpMethod.Get, "/a1")).Json;
        Assert.Equal(ids[0], Assert.Single(agent.GetProperty("settled").EnumerateArray()).GetProperty("id").GetString());
        Assert.Equal(ids[1], Assert.Single(agent.GetProperty("pending").EnumerateArray()).GetProperty("id").GetString());

        plane.Time.Advance(TimeSpan.FromSeconds(15));
        string? beat;
        do
        {
            beat = await stream.ReadEventAsync();
        }
        while (beat != ": hb");
        await plane.Host.StopAsync();
        Assert.Null(await stream.ReadNextEventAsync());
    }

    [Fact]
    public async Task Control_that_failed_is_settled_by_a_sync()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        string id = Assert.Single(await plane.PushAsync("a1", """{"action":"pause"}"""));
        await SyncAsync(plane, ProtocolPage.Request(
            Sync, ("\"appliedControls\":[\"c1\"]", $$"""  "failedControls":[{"id":"{{id}}","error":"disk full"}]""")));
        JsonElement agent = (await plane.OperatorAsync(HttpMethod.Get, "/a1")).Json;
        Assert.Equal("disk full", Assert.Single(agent.GetProperty("settled").EnumerateArray()).GetProperty("error").GetString());
        Assert.Equal("one", agent.GetProperty("agent").GetProperty("name").GetString());
    }

    [Fact]
    public async Task Long_poll_is_answered_at_a_push_and_after_28_seconds()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        await using (PlainAgent poll = await PlainAgent.SendAsync(plane.Host.BaseAddress, ProtocolPage.Request(Wake), plane.Deadline))
        {
            await plane.WaitForRouteAsync("a1", "poll");
            await plane.PushAsync("a1", """{"action":"pause"}""");
            await poll.ReadHeadAsync();
            Assert.Equal(ProtocolPage.AnswerTo(Wake).Body, await poll.ReadBodyAsync());
        }

        await SyncAsync(plane, ProtocolPage.Request(Sync));
        await using PlainAgent second = await PlainAgent.SendAsync(plane.Host.BaseAddress, ProtocolPage.Request(Wake), plane.Deadline);
        Task answered = second.ReadHeadAsync();
        while (!answered.IsCompleted)
        {
            plane.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(answered, Task.Delay(10, plane.Deadline));
        }

        await answered;
        Assert.Equal("""{"wake":false}""", await second.ReadBodyAsync());
    }

    [Fact]
    public async Task Agent_without_ids_is_asked_for_a_sync_and_gets_each_control_by_one()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        await plane.PushAsync("a1", """{"action":"pause","taskId":"t1"}""");
        await using PlainAgent stream = await SendAsync(plane, ProtocolPage.Request(Events, ("\nUnarr-After:", "")));
        Assert.Equal(": connected hb=15000", await stream.ReadEventAsync());
        Assert.Equal("sync {\"reason\":\"pending\"}", await stream.ReadNextEventAsync());
        byte[] sync = ProtocolPage.Request(Sync, ("Unarr-After: c1\n", ""), (",\"appliedControls\":[\"c1\"]", ""));
        Assert.Equal(1, (await SyncAsync(plane, sync)).GetProperty("controls").GetArrayLength());
        Assert.Equal(0, (await SyncAsync(plane, sync)).GetProperty("controls").GetArrayLength());
    }

    [Fact]
    public async Task Key_that_is_not_valid_is_refused_as_the_page_shows()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        foreach (string endpoint in (string[])[Events, Wake, Sync])
        {
            await using PlainAgent agent = await SendAsync(plane, ProtocolPage.Request(endpoint, ("key-of-a1", "key-of-none")));
            (string head, string body) = ProtocolPage.Messages.Last();
            foreach (string line in head.Split('\n'))
            {
                Assert.Contains($"{line}\n", agent.Head, StringComparison.Ordinal);
            }

            Assert.Equal(body, await agent.ReadBodyAsync());
        }
    }

    private static async Task<PlainAgent> SendAsync(RunningControlPlane plane, byte[] request)
    {
        PlainAgent agent = await PlainAgent.SendAsync(plane.Host.BaseAddress, request, plane.Deadline);
        await agent.ReadHeadAsync();
        return agent;
    }

    private static async Task<JsonElement> SyncAsync(RunningControlPlane plane, byte[] request)
    {
        await using PlainAgent agent = await SendAsync(plane, request);
        Assert.StartsWith("HTTP/1.1 200 OK\n", agent.Head, StringComparison.Ordinal);
        return JsonDocument.Parse(await agent.ReadBodyAsync()).RootElement;
    }
}
