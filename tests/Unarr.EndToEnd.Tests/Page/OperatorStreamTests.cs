using System.Text.Json;
using Unarr.ControlPlane.Operator;
using Unarr.EndToEnd.Tests.ControlPlane;

namespace Unarr.EndToEnd.Tests.Page;

public sealed class OperatorStreamTests
{
    private const string Path = "/api/operator/stream";

    [Fact]
    public async Task Stream_shows_all_agents_and_then_those_that_changed()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        using OperatorSession session = new(plane);
        await session.SignInAsync();
        await using AgentEvents events = await OpenAsync(plane, session);
        Assert.Equal("text/event-stream", events.Response.Content.Headers.ContentType!.ToString());
        Assert.True(events.Response.Headers.CacheControl is { NoCache: true, NoTransform: true });

        (string type, JsonElement message) = await NextAsync(events);
        Assert.Equal("agents", type);
        Assert.Equal(15_000, message.GetProperty("heartbeatMilliseconds").GetInt32());
        Assert.Equal(["a1 0", "a2 0"], Pending(message));

        plane.Time.Advance(OperatorStream.ShortestGap);
        await plane.PushAsync("a2", """{"action":"pause"}""");
        (type, message) = await NextAsync(events);
        Assert.Equal("changed", type);
        Assert.Equal(["a2 1"], Pending(message));
        Assert.Equal(plane.Time.GetUtcNow(), message.GetProperty("now").GetDateTimeOffset());
    }

    [Fact]
    public async Task Changes_within_the_gap_go_out_together()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        using OperatorSession session = new(plane);
        await session.SignInAsync();
        await using AgentEvents events = await OpenAsync(plane, session);
        Assert.Equal("agents", (await NextAsync(events)).Type);

        for (int i = 0; i < 20; i++)
        {
            await plane.PushAsync($"a{1 + (i % 2)}", """{"action":"pause"}""");
        }

        plane.Time.Advance(OperatorStream.ShortestGap);
        (string type, JsonElement message) = await NextAsync(events);
        Assert.Equal("changed", type);
        Assert.Equal(["a1 10", "a2 10"], Pending(message));
    }

    [Fact]
    public async Task Agent_that_has_no_key_any_more_is_told_of()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        using OperatorSession session = new(plane);
        await using AgentEvents events = await OpenAsync(plane, session, ("Authorization", $"Bearer {RunningControlPlane.OperatorKey}"));
        Assert.Equal("agents", (await NextAsync(events)).Type);

        plane.Time.Advance(OperatorStream.ShortestGap);
        plane.Host.UseKeys(RunningControlPlane.Keys(1));

        (string type, JsonElement message) = await NextAsync(events);
        Assert.Equal("changed", type);
        Assert.Equal("a2", Assert.Single(message.GetProperty("removed").EnumerateArray().Select(id => id.GetString())));
    }

    [Fact]
    public async Task Stream_ends_with_the_session()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        using OperatorSession session = new(plane);
        await session.SignInAsync();
        await using AgentEvents events = await OpenAsync(plane, session);
        Assert.Equal("agents", (await NextAsync(events)).Type);
        plane.Time.Advance(OperatorStream.ShortestGap);

        Assert.Equal(
            204, await session.StatusAsync(HttpMethod.Delete, OperatorSession.Path, "application/json", ("Origin", session.Origin)));

        Assert.Null(await events.NextAsync());
    }

    [Fact]
    public async Task Stream_ends_properly_when_the_control_plane_stops()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        using OperatorSession session = new(plane);
        await session.SignInAsync();
        await using AgentEvents events = await OpenAsync(plane, session);
        Assert.Equal("agents", (await NextAsync(events)).Type);

        await plane.Host.StopAsync();

        Assert.Null(await events.NextAsync());
    }

    [Fact]
    public async Task Time_is_told_when_nothing_else_is()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(configure: options => options with
        {
            TimeProvider = TimeProvider.System,
            Heartbeat = TimeSpan.FromMilliseconds(300),
        });
        using OperatorSession session = new(plane);
        await session.SignInAsync();
        await using AgentEvents events = await OpenAsync(plane, session);
        Assert.Equal("agents", (await NextAsync(events)).Type);
        Assert.Equal("time", (await NextAsync(events)).Type);
        Assert.Equal("time", (await NextAsync(events)).Type);
    }

    [Fact]
    public async Task Streams_past_their_bound_are_refused_until_one_ends()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        using OperatorSession session = new(plane);
        await session.SignInAsync();
        List<AgentEvents> open = [];
        for (int i = 0; i < OperatorStreamEndpoint.MaxStreams; i++)
        {
            open.Add(await OpenAsync(plane, session));
        }

        Assert.Equal(503, await session.StatusAsync(HttpMethod.Get, Path, null));
        Assert.Equal(503, await session.StatusAsync(HttpMethod.Get, Path, null));
        foreach (AgentEvents events in open)
        {
            await events.DisposeAsync();
        }
    }

    private static async Task<AgentEvents> OpenAsync(RunningControlPlane plane, OperatorSession session, params (string, string)[] headers)
    {
        HttpResponseMessage response = await session.SendAsync(HttpMethod.Get, Path, null, null, headers);
        Assert.Equal(200, (int)response.StatusCode);
        AgentEvents events = await AgentEvents.OverAsync(response, plane.Deadline);
        return events;
    }

    private static async Task<(string Type, JsonElement Message)> NextAsync(AgentEvents events)
    {
        string? frame;
        do
        {
            frame = await events.NextAsync();
        }
        while (frame?.StartsWith(':') == true);
        string[] parts = Assert.IsType<string>(frame).Split(' ', 2);
        return (parts[0], JsonDocument.Parse(parts[1]).RootElement);
    }

    private static string[] Pending(JsonElement message) =>
        [.. message.GetProperty("agents").EnumerateArray().Select(
            agent => $"{agent.GetProperty("id").GetString()} {agent.GetProperty("pending").GetInt32()}")];
}
