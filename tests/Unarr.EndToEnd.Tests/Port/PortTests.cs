using System.Net;
using System.Text.Json;
using Unarr.Agents.Downlink;
using Unarr.EndToEnd.Tests.Middleboxes;

namespace Unarr.EndToEnd.Tests.Port;

/// <summary>The deployed agents' daemon, ported to the library, against their server.</summary>
public sealed class PortTests
{
    private const string Task1 = "\"newTasks\":[{\"id\":\"t1\",\"title\":\"One\",\"infoHash\":\"h1\",\"preferredMethod\":\"auto\"}]";
    private const string Source = "/api/internal/agent/stream-source?taskId=t%201";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Answer_of_a_sync_is_done_member_for_member(bool knowsIds)
    {
        await using DeployedServer server = await DeployedServer.StartAsync(knowsIds);
        Allow(server);
        server.Order(
            $$"""
            {{Task1}},"streamRequests":[{"taskId":"t 1","filePath":"/one.mkv"}],"upgrade":{"version":"2.0"},"scan":true,
            "filesToDelete":[{"itemId":7,"filePath":"/old.mkv"},{"itemId":8,"filePath":"/locked.mkv"}],"later":{"x":[1]}
            """,
            """{"action":"pause","taskId":"t1"}""",
            """{"action":"cancel","taskId":"t1","deleteFiles":true}""");
        await using PortedDaemon daemon = Start(server, knowsIds);
        daemon.Delete = path =>
        {
            if (path == "/locked.mkv")
            {
                throw new IOException("in use");
            }
        };

        JsonElement first = await server.SyncAsync();
        Assert.Equal(("a1", "nas", "1.0"), (Text(first, "agentId"), Text(first, "name"), Text(first, "version")));
        Assert.Equal(("/downloads", 0, true), (
            Text(first, "downloadDir"), first.GetProperty("freeSlots").GetInt32(), first.GetProperty("canDelete").GetBoolean()));
        Assert.False(first.TryGetProperty("deleteConfirmed", out _));

        List<string> log = await LogAsync(
            daemon, "cancel t1 with its files", "stream t 1 /one.mkv", "upgrade 2.0 True", "scan", "delete 7 /old.mkv",
            "delete 8 /locked.mkv");
        Assert.Equal(
            ["task t1 One", "pause t1", "cancel t1 with its files"],
            log.Where(line => line.Contains("t1", StringComparison.Ordinal)));
        string[] calls = [.. (await CallsAsync(server, 4)).Order(StringComparer.Ordinal)];
        Assert.Equal(
            [
                "GET " + Source,
                """POST /api/internal/agent/library-sync {"items":["/media/one.mkv"]}""",
                """POST /api/internal/agent/status {"taskId":"t 1","streamUrl":"http://nas/one.mkv"}""",
                """POST /api/internal/agent/upgrade-result {"agentId":"a1","success":true,"version":"2.0"}""",
            ],
            calls);

        JsonElement told = await UntilAsync(server, sync => sync.TryGetProperty("deleteConfirmed", out _));
        Assert.Equal("[7]", told.GetProperty("deleteConfirmed").GetRawText());
        Assert.Equal("""[{"id":8,"error":"in use"}]""", told.GetProperty("deleteFailed").GetRawText());

        // A sync that was under way may say what the task was before.
        daemon.Downlink.SyncTrigger.Request();
        JsonElement next = await UntilAsync(
            server, sync => sync.GetProperty("tasks").GetRawText() == """[{"id":"t1","status":"cancel"}]""");
        Assert.False(next.TryGetProperty("deleteConfirmed", out _));
    }

    [Fact]
    public async Task Strict_server_of_the_first_version_gets_nothing_that_it_does_not_know()
    {
        await using DeployedServer server = await DeployedServer.StartAsync();
        server.Order(Task1);
        server.Watching = true;
        await using PortedDaemon daemon = Start(server, knowsIds: false);
        await LogAsync(daemon, "synced Start watched", "state Live");

        // Over the stream, and then over a sync: applying one twice is harmless.
        server.Push("""{"action":"pause","taskId":"t1"}""");
        await LogAsync(daemon, "pause t1");
        daemon.Downlink.SyncTrigger.Request();
        await LogAsync(daemon, "pause t1");
        server.Push("""{"action":"restart","taskId":"t1"}""");
        server.Push("""{"action":"resume","taskId":"t1"}""");
        await LogAsync(daemon, "resume t1");
        await daemon.Downlink.SyncTrigger.RequestAsync(server.Deadline);

        Assert.Empty(server.Afters);
        Assert.Empty(daemon.Refusals);
    }

    [Fact]
    public async Task Strict_server_refuses_what_it_does_not_know_and_the_daemon_sees_which()
    {
        await using DeployedServer server = await DeployedServer.StartAsync();
        server.Order(Task1, """{"action":"pause","taskId":"t1","id":"c1"}""");
        await using PortedDaemon daemon = Start(server, knowsIds: true);
        await LogAsync(daemon, "refused 400 unknown_member appliedControls");
        Assert.NotEmpty(server.Afters);
    }

    [Fact]
    public async Task Work_that_the_last_sync_brings_is_refused_and_its_controls_stay_pending()
    {
        await using DeployedServer server = await DeployedServer.StartAsync(knowsIds: true);
        PortedDaemon daemon = Start(server, knowsIds: true);
        await using (daemon)
        {
            await LogAsync(daemon, "synced Start unwatched", "state Live");
            await UntilQuietAsync(daemon, server);
            server.Order(Task1, """{"action":"pause","taskId":"t1"}""");
            daemon.Stop();
            List<string> log = await LogAsync(daemon, "refused the last work");
            await daemon.Running.WaitAsync(server.Deadline);
            Assert.DoesNotContain(log, line => line.StartsWith("task", StringComparison.Ordinal));
        }

        Assert.False(daemon.Log.TryPeek(out string? more) && more == "pause t1");

        // The next life gets both; the control comes although nobody pushed it again.
        server.Order(Task1);
        await using PortedDaemon next = Start(server, knowsIds: true);
        Assert.Equal(["task t1 One", "pause t1"], Work(await LogAsync(next, "pause t1")));
        await server.SettledAsync();
    }

    [Theory]
    [InlineData(410, """{"error":"agent_revoked","message":"deleted in the dashboard"}""")]
    [InlineData(410, "<html>")]
    [InlineData(403, """{"error":"AGENT-REVOKED"}""")]
    public async Task Agent_that_is_gone_parks_and_comes_back_when_it_is_told_to(int status, string body)
    {
        await using DeployedServer server = await DeployedServer.StartAsync();
        server.Refusal = (status, body);
        await using PortedDaemon daemon = Start(server, knowsIds: false);
        await LogAsync(daemon, "state Refused");
        Assert.Contains(daemon.Refusals, refusal => (int)refusal.StatusCode! == status);

        server.Refusal = null;
        server.Order(Task1);
        daemon.Downlink.RetryNow();
        await LogAsync(daemon, "task t1 One", "state Live");
    }

    [Fact]
    public async Task Daemon_may_end_for_a_refusal()
    {
        await using DeployedServer server = await DeployedServer.StartAsync();
        server.Refusal = (410, """{"error":"agent_revoked","message":"for good"}""");
        await using PortedDaemon daemon = Start(server, knowsIds: false);
        await daemon.Running.WaitAsync(server.Deadline);
        Assert.Equal(DownlinkState.Stopped, daemon.Downlink.Status.State);
    }

    [Fact]
    public async Task Refusal_with_a_code_has_its_message_and_its_details_and_the_daemon_decides()
    {
        await using DeployedServer server = await DeployedServer.StartAsync();
        server.Refusal =
            (403, """{"error":"agent_limit_reached","message":"3 agents are in use","details":{"limit":3,"plan":"free","more":[]}}""");
        await using PortedDaemon daemon = Start(server, knowsIds: false);
        await LogAsync(daemon, "refused 403 agent_limit_reached 3 agents are in use", "state Refused");
        DownlinkException refusal = daemon.Refusals.First();
        Assert.Equal((DownlinkError.Status, HttpStatusCode.Forbidden), (refusal.Error, refusal.StatusCode));
        Assert.Equal(
            new AgentLimit(3, "free"), JsonSerializer.Deserialize(refusal.ErrorDetails.Span, PortJson.Default.AgentLimit));
        Assert.DoesNotContain(DeployedServer.Key, refusal.ToString(), StringComparison.Ordinal);

        server.Refusal = null;
        daemon.Downlink.RetryNow();
        await LogAsync(daemon, "state Live");
    }

    [Fact]
    public async Task Other_endpoints_are_asked_over_the_mirrors_with_a_time_and_a_bound()
    {
        await using DeployedServer server = await DeployedServer.StartAsync();
        Allow(server);
        using LoopbackPort refusing = new();
        await using PortedDaemon daemon = new([refusing.Address, server.Url]);
        await LogAsync(daemon, "state Live");
        DownlinkClient client = daemon.Downlink.Client;

        StreamSource source = await client.GetAsync("stream-source?taskId=t%201", PortJson.Default.StreamSource);
        Assert.Equal("http://nas", source.Url);
        await client.PostAsync("/other/base", new Done(true), PortJson.Default.Done);
        Assert.Equal(["GET " + Source, """POST /other/base {"success":true}"""], await CallsAsync(server, 2));

        server.Answers[Source] = $$"""{"url":"{{new string('u', 2000)}}"}""";
        await FailsAsync(DownlinkError.InvalidPayload, new DownlinkRequestOptions { MaxAnswerBytes = 2000 });
        Assert.Equal(2000, (await client.GetAsync("stream-source?taskId=t%201", PortJson.Default.StreamSource)).Url.Length);
        server.Answers[Source] = null;
        await FailsAsync(DownlinkError.Timeout, new DownlinkRequestOptions { Timeout = TimeSpan.FromMilliseconds(200) });
        server.Answers.TryRemove(Source, out _);
        DownlinkException missing = await FailsAsync(DownlinkError.Status, new DownlinkRequestOptions());
        Assert.Equal((HttpStatusCode.NotFound, "not_found"), (missing.StatusCode, missing.ErrorCode));

        async Task<DownlinkException> FailsAsync(DownlinkError error, DownlinkRequestOptions options)
        {
            DownlinkException failure = await Assert.ThrowsAsync<DownlinkException>(
                () => client.GetAsync("stream-source?taskId=t%201", PortJson.Default.StreamSource, options));

            // What is not as asked may be another mirror's to answer: the first attempt is that of the mirror in use.
            Assert.Equal(error, failure.Attempts is [var first, ..] ? first.Error : failure.Error);
            return failure;
        }
    }

    /// <summary>After which step the stream is cut; -1 after each.</summary>
    public static IEnumerable<object[]> Cuts() => Enumerable.Range(-1, 8).Select(cut => new object[] { cut });

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task Order_and_once_only_hold_when_the_stream_is_cut_between_two_steps(int cut)
    {
        await using DeployedServer server = await DeployedServer.StartAsync(knowsIds: true);
        await using PortedDaemon daemon = Start(server, knowsIds: true);
        List<string> log = [];
        Func<Task>[] steps =
        [
            server.OpenedAsync,
            () => Do(() => server.Order(Task1, """{"action":"pause","taskId":"t1"}""")),
            () => Do(server.AskForSync),
            async () => log.AddRange(await LogAsync(daemon, "pause t1")),
            () => Do(() => server.Push("""{"action":"resume","taskId":"t1"}""")),
            () => Do(() => server.Order("\"newTasks\":[{\"id\":\"t2\",\"title\":\"Two\"}]", """{"action":"pause","taskId":"t2"}""")),
            () => Do(() => server.Push("""{"action":"cancel","taskId":"t1"}""")),
            () => Do(daemon.Downlink.SyncTrigger.Request),
        ];
        for (int i = 0; i < steps.Length; i++)
        {
            await steps[i]();
            if (cut == i || cut < 0)
            {
                server.Cut();

                // Somebody asks for a sync anyway: what a cut stream swallowed was asked for too.
                daemon.Downlink.SyncTrigger.Request();
            }
        }

        log.AddRange(await LogAsync(daemon, "pause t2"));
        await server.SettledAsync();
        daemon.Stop();
        await daemon.Running.WaitAsync(server.Deadline);
        while (daemon.Log.TryRead(out string? line))
        {
            log.Add(line);
        }

        string[] work = [.. Work(log)];
        Assert.Equal(["cancel t1", "pause t1", "pause t2", "resume t1", "task t1 One", "task t2 Two"], work.Order(StringComparer.Ordinal));
        Assert.Equal(
            ["task t1 One", "pause t1", "resume t1", "cancel t1"], work.Where(line => line.Contains("t1", StringComparison.Ordinal)));
        Assert.Equal(["task t2 Two", "pause t2"], work.Where(line => line.Contains("t2", StringComparison.Ordinal)));

        static Task Do(Action action)
        {
            action();
            return Task.CompletedTask;
        }
    }

    private static PortedDaemon Start(DeployedServer server, bool knowsIds) =>
        new([server.Url], options => options.Extensions = knowsIds);

    private static void Allow(DeployedServer server)
    {
        server.Answers[Source] = """{"url":"http://nas","expires":60}""";
        server.Answers["/api/internal/agent/status"] = """{"success":true}""";
        server.Answers["/api/internal/agent/upgrade-result"] = """{"success":true}""";
        server.Answers["/api/internal/agent/library-sync"] = """{"synced":1}""";
        server.Answers["/other/base"] = "{}";
    }

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private static IEnumerable<string> Work(IEnumerable<string> log) => log.Where(line =>
        !line.StartsWith("state ", StringComparison.Ordinal) && !line.StartsWith("synced ", StringComparison.Ordinal));

    /// <summary>Reads the log until all of the lines have come.</summary>
    private static async Task<List<string>> LogAsync(PortedDaemon daemon, params string[] lines)
    {
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(60));
        List<string> read = [];
        while (lines.Except(read).Any())
        {
            try
            {
                read.Add(await daemon.Log.ReadAsync(deadline.Token));
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"Missing: {string.Join("; ", lines.Except(read))}. Read: {string.Join("; ", read)}");
            }
        }

        return read;
    }

    /// <summary>Waits until the syncs that a new stream asks for are made.</summary>
    private static async Task UntilQuietAsync(PortedDaemon daemon, DeployedServer server)
    {
        await server.OpenedAsync();
        await daemon.Downlink.SyncTrigger.RequestAsync(server.Deadline);
    }

    private static async Task<JsonElement> UntilAsync(DeployedServer server, Func<JsonElement, bool> condition)
    {
        JsonElement sync;
        do
        {
            sync = await server.SyncAsync();
        }
        while (!condition(sync));
        return sync;
    }

    private static async Task<List<string>> CallsAsync(DeployedServer server, int count)
    {
        List<string> calls = [];
        while (calls.Count < count)
        {
            calls.Add(await server.CallAsync());
        }

        return calls;
    }
}
