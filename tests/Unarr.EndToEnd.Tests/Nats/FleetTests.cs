using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NATS.Client.Core;
using NATS.Client.JetStream;
using Unarr.EndToEnd.Tests.ControlPlane;

namespace Unarr.EndToEnd.Tests.Nats;

/// <summary>Nodes that share a store in JetStream, as agents and operators see them.</summary>
public sealed class FleetTests(NatsServerFixture fixture) : IClassFixture<NatsServerFixture>
{
    private const string Pause = """{"action":"pause"}""";

    private readonly string _prefix = $"t{Guid.NewGuid():N}";

    [SkippableFact]
    public async Task Push_on_one_node_reaches_the_stream_on_another_and_the_poll_on_a_third()
    {
        await using RunningControlPlane one = await StartAsync("one");
        await using RunningControlPlane two = await StartAsync("two");
        await using RunningControlPlane three = await StartAsync("three");
        await using AgentEvents events = await two.OpenStreamAsync("a1", after: "");
        Assert.StartsWith(":", await events.NextAsync(), StringComparison.Ordinal);
        Task<Answer> poll = three.WakeAsync("a1");

        string[] ids = await one.PushAsync("a1", Pause);

        Assert.Contains(ids[0], await events.NextAsync(), StringComparison.Ordinal);
        Assert.True((await poll).Wake);
        Assert.Equal(ids, (await three.SyncAsync("a1", after: "")).ControlIds);
        Assert.Equal(200, (await two.SyncAsync("a1", $$""","appliedControls":["{{ids[0]}}"]""", after: ids[0])).Status);
        await one.Host.WaitUntilAsync(
            "a1", agent => agent is { Pending: [], Settled: [{ State: "applied" }] }, one.Deadline);
    }

    [SkippableFact]
    public async Task Two_streams_of_one_agent_carry_the_same_controls_in_the_order_of_their_pushes()
    {
        await using RunningControlPlane one = await StartAsync("one");
        await using RunningControlPlane two = await StartAsync("two");
        await using AgentEvents first = await one.OpenStreamAsync("a1", after: "");
        await using AgentEvents second = await two.OpenStreamAsync("a1", after: "");
        List<string> pushed = [];
        for (int i = 0; i < 20; i++)
        {
            pushed.AddRange(await (i % 2 == 0 ? one : two).PushAsync("a1", Pause));
        }

        Assert.Equal(pushed, await IdsAsync(first, pushed.Count));
        Assert.Equal(pushed, await IdsAsync(second, pushed.Count));
    }

    [SkippableFact]
    public async Task Bound_of_a_queue_is_exact_when_two_nodes_push_at_once()
    {
        await using RunningControlPlane one = await StartAsync("one", queue: 8);
        await using RunningControlPlane two = await StartAsync("two", queue: 8);
        for (int round = 0; round < 10; round++)
        {
            Answer[] answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(
                i => (i % 2 == 0 ? one : two).OperatorAsync(HttpMethod.Post, "/a1/controls", Pause)));

            Assert.Equal(8, answers.Count(answer => answer.Status == 202));
            Assert.Equal(12, answers.Count(answer => answer.Status == 429));
            string[] ids =
                [.. answers.Where(answer => answer.Status == 202).Select(answer => answer.Json.GetProperty("ids")[0].GetString()!)];
            string list = string.Join(',', ids.Select(id => $"\"{id}\""));
            Assert.Equal(200, (await one.SyncAsync("a1", $$""","appliedControls":[{{list}}]""", after: "")).Status);
        }
    }

    [SkippableFact]
    public async Task Push_that_is_repeated_with_its_key_on_another_node_has_the_first_outcome()
    {
        await using RunningControlPlane one = await StartAsync("one");
        await using RunningControlPlane two = await StartAsync("two");
        (int status, string first) = await PushWithKeyAsync(one, "k-1", Pause);
        Assert.Equal(202, status);

        Assert.Equal((202, first), await PushWithKeyAsync(two, "k-1", Pause));
        Assert.Equal(422, (await PushWithKeyAsync(two, "k-1", """{"action":"resume"}""")).Status);
        Assert.Equal(400, (await PushWithKeyAsync(two, "", Pause)).Status);
        Assert.NotEqual(first, (await PushWithKeyAsync(two, "k-2", Pause)).Body);
        string id = JsonDocument.Parse(first).RootElement.GetProperty("ids")[0].GetString()!;
        Assert.Equal(200, (await one.SyncAsync("a1", $$""","appliedControls":["{{id}}"]""", after: "")).Status);
        Assert.Equal((202, first), await PushWithKeyAsync(two, "k-1", Pause));
        Assert.Equal(1, (await one.OperatorAsync(HttpMethod.Get, "/a1")).Json.GetProperty("pending").GetArrayLength());
    }

    [SkippableFact]
    public async Task Operator_sees_one_fleet_on_each_node()
    {
        await using RunningControlPlane one = await StartAsync("one");
        await using RunningControlPlane two = await StartAsync("two");
        await using AgentEvents events = await two.OpenStreamAsync("a2", after: "");
        Assert.Equal(200, (await two.SyncAsync("a2", after: "")).Status);

        JsonElement agent = await UntilAsync(one, "a2", detail => Route(detail) == "sse");
        JsonElement shown = agent.GetProperty("agent");
        Assert.Equal(("two", "n"), (shown.GetProperty("node").GetString(), shown.GetProperty("name").GetString()));
        Assert.Equal("none", Route((await one.OperatorAsync(HttpMethod.Get, "/a1")).Json));

        Assert.Equal(200, (await one.OperatorAsync(HttpMethod.Put, "/a2/watching", """{"watching":true}""")).Status);
        Assert.StartsWith(":", await events.NextAsync(), StringComparison.Ordinal);
        Assert.Contains("watching", await events.NextAsync(), StringComparison.Ordinal);
        Assert.True((await two.SyncAsync("a2", after: "")).Json.GetProperty("watching").GetBoolean());

        JsonElement nodes = (await one.SendAsync(HttpMethod.Get, "/api/operator/nodes", RunningControlPlane.OperatorKey)).Json;
        Assert.Equal(
            [("one", "ok", false), ("two", "ok", false)],
            nodes.GetProperty("nodes").EnumerateArray().Select(node => (
                node.GetProperty("name").GetString(), node.GetProperty("state").GetString(), node.GetProperty("keysDiffer").GetBoolean())));
    }

    [SkippableFact]
    public async Task Agents_of_a_node_that_does_not_answer_are_unknown_and_not_gone()
    {
        await using RunningControlPlane one = await StartAsync("one");
        await using NatsConnection connection = new(new NatsOpts { Url = fixture.Server.Url });
        await new NatsJSContext(connection).PublishAsync(
            $"$KV.{_prefix}_nodes.ghost", """{"name":"ghost","agents":7,"keys":"other"}""");

        JsonElement agent = await UntilAsync(one, "a1", detail => Route(detail) == "unknown");
        Assert.Equal("a1", agent.GetProperty("agent").GetProperty("id").GetString());
        JsonElement nodes = (await one.SendAsync(HttpMethod.Get, "/api/operator/nodes", RunningControlPlane.OperatorKey)).Json;
        Assert.True(nodes.GetProperty("nodes")[0].GetProperty("keysDiffer").GetBoolean());
    }

    [SkippableFact]
    public async Task Session_is_open_on_each_node_until_it_is_closed_on_one()
    {
        await using RunningControlPlane one = await StartAsync("one");
        await using RunningControlPlane two = await StartAsync("two");
        using HttpClient browser = new(new SocketsHttpHandler { UseCookies = false });
        string cookie = await SignInAsync(browser, one);

        while (await StatusAsync(browser, two, HttpMethod.Get, cookie) != 200)
        {
            await Task.Delay(10, one.Deadline);
        }

        Assert.Equal(200, await StatusAsync(browser, one, HttpMethod.Get, cookie));
        Assert.Equal(204, await StatusAsync(browser, two, HttpMethod.Delete, cookie, "/api/operator/session"));
        while (await StatusAsync(browser, one, HttpMethod.Get, cookie) != 401)
        {
            await Task.Delay(10, one.Deadline);
        }
    }

    [SkippableFact]
    public async Task Push_to_many_agents_is_one_call()
    {
        await using RunningControlPlane one = await StartAsync("one", queue: 1);
        await one.PushAsync("a2", Pause);
        Answer answer = await one.SendAsync(
            HttpMethod.Post, "/api/operator/controls", RunningControlPlane.OperatorKey,
            $$"""{"agents":["a1","a2","a9"],"controls":{{Pause}}}""");
        Assert.Equal(207, answer.Status);
        Assert.Equal(
            ["queued", "full", "unknown"],
            answer.Json.GetProperty("results").EnumerateArray().Select(result => result.GetProperty("status").GetString()));
        Assert.Equal(400, (await one.SendAsync(
            HttpMethod.Post, "/api/operator/controls", RunningControlPlane.OperatorKey,
            """{"agents":["a1","a1"],"controls":[]}""")).Status);
    }

    [SkippableFact]
    public async Task Missing_buckets_are_made_only_where_that_is_allowed()
    {
        ControlStoreException failure = await Assert.ThrowsAsync<ControlStoreException>(
            () => FleetNode.StartAsync(fixture.Server.Url, _prefix, "one", nats: options => options.Create = false));
        Assert.Contains($"KV_{_prefix}_pending", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
        await (await StartAsync("one")).DisposeAsync();
        await using RunningControlPlane one = await FleetNode.StartAsync(
            fixture.Server.Url, _prefix, "one", nats: options => options.Create = false);
        Assert.Equal("ok", (await one.SendAsync(HttpMethod.Get, "/health", null)).Json.GetProperty("status").GetString());
    }

    [SkippableFact]
    public async Task Deleted_bucket_is_reported_and_not_made_again()
    {
        await using RunningControlPlane one = await StartAsync("one");
        await one.PushAsync("a1", Pause);
        await using NatsConnection connection = new(new NatsOpts { Url = fixture.Server.Url });
        NatsJSContext jetStream = new(connection);
        await jetStream.DeleteStreamAsync($"KV_{_prefix}_pending");

        Answer push = await one.OperatorAsync(HttpMethod.Post, "/a1/controls", Pause);

        Assert.Equal(503, push.Status);
        Assert.Contains("missing", push.Error, StringComparison.Ordinal);
        Assert.Equal(200, (await one.SyncAsync("a1", after: "")).Status);
        NatsJSApiException missing = await Assert.ThrowsAsync<NatsJSApiException>(
            () => jetStream.GetStreamAsync($"KV_{_prefix}_pending").AsTask());
        Assert.Equal(10059, missing.Error.ErrCode);
        while ((await one.SendAsync(HttpMethod.Get, "/health", null)).Json.GetProperty("status").GetString() == "ok")
        {
            await Task.Delay(10, one.Deadline);
        }
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Clock_that_is_an_hour_off_ends_no_control_early_or_late(int hours)
    {
        await using RunningControlPlane one = await StartAsync("one");
        ShiftedTimeProvider time = new(TimeProvider.System) { Shift = TimeSpan.FromHours(hours) };
        await using RunningControlPlane two = await FleetNode.StartAsync(
            fixture.Server.Url, _prefix, "two", configure: options => options with { TimeProvider = time });
        PushResult result = (await one.Host.Services.GetRequiredService<AgentHub>().PushAsync(
            new PushRequest
            {
                AgentIds = ["a1"],
                Controls = [new Unarr.Agents.Protocol.Control("pause")],
                ExpiresAfter = TimeSpan.FromMinutes(30),
            }))[0];
        await two.Host.WaitUntilAsync("a1", agent => agent.Pending.Count > 0, two.Deadline);

        Assert.Equal(result.ControlIds, (await two.SyncAsync("a1", after: "")).ControlIds);
    }

    [SkippableFact]
    public async Task Server_that_is_too_old_is_refused_in_one_line()
    {
        using TcpListener server = new(IPAddress.Loopback, 0);
        server.Start();
        Task greeting = GreetAsync(server);
        string url = $"nats://127.0.0.1:{((IPEndPoint)server.LocalEndpoint).Port}";
        ControlStoreException failure = await Assert.ThrowsAsync<ControlStoreException>(() => FleetNode.StartAsync(url, _prefix, "one"));
        Assert.Contains("2.9.10 is too old: 2.10.23 or newer is needed", failure.Message, StringComparison.Ordinal);
        server.Stop();
        await greeting;
    }

    private static async Task GreetAsync(TcpListener server)
    {
        try
        {
            using TcpClient client = await server.AcceptTcpClientAsync();
            NetworkStream stream = client.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes(
                "INFO {\"server_id\":\"x\",\"version\":\"2.9.10\",\"jetstream\":true,\"headers\":true,\"max_payload\":1048576}\r\n"));
            byte[] buffer = new byte[4096];
            while (await stream.ReadAsync(buffer) is > 0 and int read)
            {
                if (Encoding.ASCII.GetString(buffer, 0, read).Contains("PING", StringComparison.Ordinal))
                {
                    await stream.WriteAsync("PONG\r\n"u8.ToArray());
                }
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
        {
            Assert.NotNull(exception);
        }
    }

    private static string? Route(JsonElement detail) => detail.GetProperty("agent").GetProperty("route").GetString();

    private static async Task<JsonElement> UntilAsync(RunningControlPlane node, string agent, Func<JsonElement, bool> condition)
    {
        while (true)
        {
            JsonElement detail = (await node.OperatorAsync(HttpMethod.Get, $"/{agent}")).Json;
            if (condition(detail))
            {
                return detail;
            }

            await Task.Delay(20, node.Deadline);
        }
    }

    private static async Task<List<string>> IdsAsync(AgentEvents events, int count)
    {
        List<string> ids = [];
        while (ids.Count < count)
        {
            string frame = (await events.NextAsync())!;
            if (frame.StartsWith("command ", StringComparison.Ordinal))
            {
                ids.AddRange(JsonDocument.Parse(frame["command ".Length..]).RootElement.GetProperty("controls").EnumerateArray()
                    .Select(control => control.GetProperty("id").GetString()!));
            }
        }

        return ids;
    }

    private static async Task<(int Status, string Body)> PushWithKeyAsync(RunningControlPlane node, string key, string body)
    {
        using HttpClient client = new();
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri(node.Host.BaseAddress, "/api/operator/agents/a1/controls"));
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {RunningControlPlane.OperatorKey}");
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await client.SendAsync(request, node.Deadline);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(node.Deadline));
    }

    private static async Task<string> SignInAsync(HttpClient browser, RunningControlPlane node)
    {
        using HttpRequestMessage request = Browse(node, HttpMethod.Post, "/api/operator/session", null);
        request.Content = new StringContent(
            $$"""{"key":"{{RunningControlPlane.OperatorKey}}"}""", Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await browser.SendAsync(request, node.Deadline);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        return response.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
    }

    private static async Task<int> StatusAsync(
        HttpClient browser, RunningControlPlane node, HttpMethod method, string cookie, string path = "/api/operator/agents")
    {
        using HttpRequestMessage request = Browse(node, method, path, cookie);
        using HttpResponseMessage response = await browser.SendAsync(request, node.Deadline);
        return (int)response.StatusCode;
    }

    private static HttpRequestMessage Browse(RunningControlPlane node, HttpMethod method, string path, string? cookie)
    {
        HttpRequestMessage request = new(method, new Uri(node.Host.BaseAddress, path));
        request.Headers.TryAddWithoutValidation("Origin", node.Host.BaseAddress.GetLeftPart(UriPartial.Authority));
        request.Headers.TryAddWithoutValidation("Sec-Fetch-Site", "same-origin");
        request.Content = method == HttpMethod.Get ? null : new StringContent("{}", Encoding.UTF8, "application/json");
        if (cookie is not null)
        {
            request.Headers.TryAddWithoutValidation("Cookie", cookie);
        }

        return request;
    }

    private Task<RunningControlPlane> StartAsync(string name, int queue = 1024) => FleetNode.StartAsync(
        fixture.Server.Url, _prefix, name, configure: options => options with { QueueLimit = queue });
}
