using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Unarr.Agents.Protocol;
using Unarr.EndToEnd.Tests.Hub;

namespace Unarr.EndToEnd.Tests.Wire;

/// <summary>A hub in somebody's application against an agent as those that are deployed: sockets, no ids and no acknowledgements.</summary>
public sealed class DeployedAgentTests : IDisposable
{
    private const string Connected = ": connected hb=15000";
    private const string AskedForSync = """sync {"reason":"pending"}""";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-deployed-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Control_comes_on_the_open_stream_and_by_one_sync_and_has_ended_then()
    {
        await using RunningBackend backend = await StartAsync();
        await using PlainAgent stream = await OpenAsync(backend);
        await backend.Hub.PushAsync("a1", Control.Create("set-limit", new Limit(7), AppJson.Default.Limit, "t1"));
        Assert.Contains(
            "\"taskId\":\"t1\",\"params\":{\"bytesPerSecond\":7}", await stream.ReadNextEventAsync(), StringComparison.Ordinal);

        JsonElement answer = await SyncAsync(backend);
        Assert.Equal(["set-limit"], Actions(answer));
        Assert.Equal("3 for a1", answer.GetProperty("motto").GetString());
        await backend.UntilAsync("a1", ControlState.HandedOut);
        Assert.True((await backend.Hub.GetControlsAsync("a1"))[0].IsEnded);

        await backend.Hub.PushAsync("a1", new Control("pause"));
        Assert.StartsWith("command ", await stream.ReadNextEventAsync(), StringComparison.Ordinal);
        Assert.Equal(["pause"], Actions(await SyncAsync(backend)));
        Assert.Empty(Actions(await SyncAsync(backend)));
    }

    [Fact]
    public async Task Stream_that_opens_onto_pending_controls_asks_for_syncs_until_they_have_caught_up()
    {
        await using RunningBackend backend = await StartAsync();
        await backend.Hub.PushAsync("a1", [new Control("pause"), new Control("resume")]);
        await using PlainAgent stream = await OpenAsync(backend);
        Assert.Equal(AskedForSync, await stream.ReadNextEventAsync());
        Assert.Equal(["pause", "resume"], Actions(await SyncAsync(backend)));
        Assert.Equal(AskedForSync, await stream.ReadNextEventAsync());
        await backend.Hub.PushAsync("a1", new Control("cancel"));
        Assert.Equal(AskedForSync, await stream.ReadNextEventAsync());
        Assert.Equal(["cancel"], Actions(await SyncAsync(backend)));
        Assert.Equal(AskedForSync, await stream.ReadNextEventAsync());
        Assert.Empty(Actions(await SyncAsync(backend)));
        await backend.Hub.PushAsync("a1", new Control("pause"));
        Assert.Contains("pause", await stream.ReadNextEventAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Long_poll_is_woken_by_a_push_and_by_the_application()
    {
        await using RunningBackend backend = await StartAsync();
        await backend.Hub.PushAsync("a1", new Control("pause"));
        Assert.Equal("""{"wake":true}""", await BodyAsync(backend, ProtocolPage.Request("GET /api/internal/agent/wake")));
        Assert.Equal(["pause"], Actions(await SyncAsync(backend)));
        await backend.Hub.SetWatchingAsync("a1", true);
        Assert.Equal("""{"wake":true}""", await BodyAsync(backend, ProtocolPage.Request("GET /api/internal/agent/wake")));
        Assert.True((await SyncAsync(backend)).GetProperty("watching").GetBoolean());
    }

    [Theory]
    [InlineData("""{"agentId":"a1","running":3,"tasks":[],"freeSlots":0,"canDelete":false,"vpnActive":false,"diskFreeBytes":1e12}""")]
    [InlineData("""{"AGENTID":"x","agentID":"a1","running":3,"TASKS":null,"Tasks":[{"id":"t1","x":[[]]}],"name":null}""")]
    [InlineData("\ufeff {\"agentId\":\"a1\",\"running\":3,\"name\":\"\\ud800\"} \r\n")]
    [InlineData("""{"agentId":"a1","running":3,"deleteConfirmed":[7],"deleteFailed":[{"id":8,"error":"in use"}]}""")]
    public async Task Sync_as_the_deployed_agents_write_it_is_read(string body)
    {
        await using RunningBackend backend = await StartAsync();
        await backend.Hub.PushAsync("a1", new Control("pause"));
        JsonElement answer = await SyncAsync(backend, body);
        Assert.Equal(["pause"], Actions(answer));
        Assert.Equal("3 for a1", answer.GetProperty("motto").GetString());
    }

    private Task<RunningBackend> StartAsync()
    {
        string keys = Path.Combine(_folder.FullName, "keys.json");
        File.WriteAllText(keys, """{"operator":"op","agents":{"a1":"key-of-a1"}}""");
        return RunningBackend.StartAsync(
            hub => hub.UseHandler<Answering>(), services: services => services.AddAuthentication("AgentKeys").AddAgentKeys(keys));
    }

    private static async Task<PlainAgent> OpenAsync(RunningBackend backend)
    {
        byte[] request = ProtocolPage.Request("GET /api/internal/agent/events", ("\nUnarr-After:", ""));
        PlainAgent stream = await PlainAgent.SendAsync(backend.Address, request, backend.Deadline);
        await stream.ReadHeadAsync();
        Assert.Equal(Connected, await stream.ReadEventAsync());
        return stream;
    }

    private static async Task<JsonElement> SyncAsync(RunningBackend backend, string body = """{"agentId":"a1","running":3}""")
    {
        string head = string.Join(
            '\n', "POST /api/internal/agent/sync HTTP/1.1", "Host: backend", "Authorization: Bearer key-of-a1", "User-Agent: unarr/0.14",
            "Content-Type: application/json", $"Content-Length: {Encoding.UTF8.GetByteCount(body)}");
        return JsonDocument.Parse(await BodyAsync(backend, ProtocolPage.Bytes((head, body)))).RootElement;
    }

    private static async Task<string> BodyAsync(RunningBackend backend, byte[] request)
    {
        await using PlainAgent agent = await PlainAgent.SendAsync(backend.Address, request, backend.Deadline);
        await agent.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 200 OK\n", agent.Head, StringComparison.Ordinal);
        return await agent.ReadBodyAsync();
    }

    private static IEnumerable<string?> Actions(JsonElement answer) =>
        answer.GetProperty("controls").EnumerateArray().Select(control => control.GetProperty("action").GetString());

    internal sealed class Answering : AgentHubHandler
    {
        public override ValueTask OnSyncAsync(AgentSync sync, CancellationToken cancellationToken)
        {
            int running = sync.Request.Read(AppJson.Default.Report).Running;
            sync.Answer.Write(new Orders($"{running} for {sync.Agent.Id}"), AppJson.Default.Orders);
            return ValueTask.CompletedTask;
        }
    }
}
