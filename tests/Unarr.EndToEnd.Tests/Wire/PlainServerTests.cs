using System.Text.Json;
using Unarr.EndToEnd.Tests.Agent;

namespace Unarr.EndToEnd.Tests.Wire;

/// <summary>The agent against a server that was written from the protocol's page alone.</summary>
public sealed class PlainServerTests
{
    private static readonly Dictionary<string, string> Environment = new() { ["UNARR_API_KEY"] = "key-of-a1" };

    [Fact]
    public async Task Pushed_control_is_applied_and_acknowledged()
    {
        await using PlainServer server = new();
        await using AgentCommand agent = Start(server);
        PlainRequest events = await NextAsync(server, "GET /api/internal/agent/events HTTP/1.1");
        Assert.Equal("Bearer key-of-a1", events.Headers["Authorization"]);
        Assert.Equal("text/event-stream", events.Headers["Accept"]);
        Assert.Equal("no-cache", events.Headers["Cache-Control"]);
        Assert.Equal("", events.Headers["Unarr-After"]);
        Assert.NotEmpty(events.Headers["User-Agent"]);
        await agent.ReadAsync("route", line => line.GetProperty("state").GetString() == "live");

        server.Push("c1", ProtocolPage.Control);
        JsonElement control = await agent.ReadAsync("control");
        Assert.Equal("cancel", control.GetProperty("action").GetString());
        PlainRequest sync = await NextSyncAsync(server, listing: "c1");
        Assert.Equal("c1", sync.Headers["Unarr-After"]);
        Assert.Equal("application/json", sync.Headers["Content-Type"]);
        JsonElement body = JsonDocument.Parse(sync.Body).RootElement;
        Assert.Equal("a1", body.GetProperty("agentId").GetString());
        Assert.Empty(server.PendingIds);
        Assert.Equal(0, await agent.EndAsync());
    }

    [Fact]
    public async Task Stream_of_the_page_is_understood()
    {
        await using PlainServer server = new() { Opening = ProtocolPage.AnswerTo("GET /api/internal/agent/events").Body };
        await using AgentCommand agent = Start(server);
        JsonElement control = await agent.ReadAsync("control");
        Assert.Equal("set-limit", control.GetProperty("action").GetString());
        Assert.Equal("t1", control.GetProperty("taskId").GetString());
        Assert.Equal("sse", control.GetProperty("via").GetString());
        await agent.ReadAsync("sync", line => line.GetProperty("reason").GetString() == "event");
        await NextSyncAsync(server, listing: "c1");
    }

    [Fact]
    public async Task Control_that_comes_while_the_stream_is_away_comes_by_the_long_poll()
    {
        await using PlainServer server = new();
        await using AgentCommand agent = Start(server);
        await agent.ReadAsync("route", line => line.GetProperty("state").GetString() == "live");
        server.EndStream();
        await NextAsync(server, "GET /api/internal/agent/wake HTTP/1.1");
        server.Push("c1", """{"id":"c1","action":"pause","taskId":"t1"}""");
        JsonElement control = await agent.ReadAsync("control");
        Assert.Equal("sync", control.GetProperty("via").GetString());
        await NextSyncAsync(server, listing: "c1");

        // The stream that comes back says how far the agent is.
        PlainRequest events;
        do
        {
            events = await NextAsync(server, "GET /api/internal/agent/events HTTP/1.1");
        }
        while (events.Headers["Unarr-After"] == "");
        Assert.Equal("c1", events.Headers["Unarr-After"]);
    }

    [Fact]
    public async Task Server_that_asks_for_a_sync_gets_one()
    {
        await using PlainServer server = new();
        await using AgentCommand agent = Start(server);
        await agent.ReadAsync("route", line => line.GetProperty("state").GetString() == "live");

        // A sync that is due for the new stream takes in what the event asks for: then it is asked for again.
        do
        {
            server.AskForSync();
        }
        while ((await agent.ReadAsync("sync")).GetProperty("reason").GetString() != "event");
        Assert.Equal(0, await agent.EndAsync());
        await agent.ReadAsync("sync", line => line.GetProperty("reason").GetString() == "shutdown");
    }

    private static AgentCommand Start(PlainServer server) =>
        AgentCommand.Start(["run", "--server", server.Url, "--agent-id", "a1"], environment: Environment);

    private static async Task<PlainRequest> NextAsync(PlainServer server, string line)
    {
        using CancellationTokenSource deadline = new(AgentCommand.Patience);
        while (true)
        {
            PlainRequest request = await server.Requests.ReadAsync(deadline.Token);
            if (request.Line == line)
            {
                return request;
            }
        }
    }

    private static async Task<PlainRequest> NextSyncAsync(PlainServer server, string listing)
    {
        PlainRequest sync;
        do
        {
            sync = await NextAsync(server, "POST /api/internal/agent/sync HTTP/1.1");
        }
        while (!sync.Body.Contains($"\"appliedControls\":[\"{listing}\"]", StringComparison.Ordinal));
        return sync;
    }
}
