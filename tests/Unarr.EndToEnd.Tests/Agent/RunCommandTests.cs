using System.Diagnostics;
using System.Text.Json;

namespace Unarr.EndToEnd.Tests.Agent;

public class RunCommandTests
{
    private const string Key = "key-4711";

    private static readonly Dictionary<string, string> Environment = new() { ["UNARR_API_KEY"] = Key };

    [Fact]
    public async Task Lines_tell_controls_syncs_and_routes()
    {
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync();
        controlPlane.Stream = "event: command\ndata: {\"controls\":[{\"action\":\"cancel\",\"taskId\":\"t1\",\"deleteFiles\":true}]}\n\n";
        await using AgentCommand agent = Start(controlPlane);

        List<JsonElement> lines = [];
        while (!(Has("control") && Has("sync") && lines.Any(line => Text(line, "state") == "live")))
        {
            lines.Add(JsonDocument.Parse((await agent.ReadLineAsync())!).RootElement);
        }

        JsonElement control = lines.Single(line => Text(line, "kind") == "control");
        Assert.Equal(["kind", "action", "taskId", "deleteFiles", "via", "at"], control.EnumerateObject().Select(member => member.Name));
        Assert.Equal(("cancel", "t1", "sse"), (Text(control, "action"), Text(control, "taskId"), Text(control, "via")));
        Assert.True(control.GetProperty("deleteFiles").GetBoolean());
        Assert.Matches(@"^\d+\.\d{3}$", control.GetProperty("at").GetRawText());

        JsonElement sync = lines.First(line => Text(line, "kind") == "sync");
        Assert.StartsWith("""{"kind":"sync","reason":"start","ok":true,"controls":0,"at":""", sync.GetRawText(), StringComparison.Ordinal);

        JsonElement connecting = lines.First(line => Text(line, "kind") == "route");
        Assert.StartsWith(
            """{"kind":"route","route":"none","state":"connecting","reason":""", connecting.GetRawText(), StringComparison.Ordinal);
        JsonElement live = lines.Single(line => Text(line, "state") == "live");
        Assert.StartsWith(
            $$"""{"kind":"route","route":"sse","state":"live","mirror":"{{controlPlane.Url}}","reason":""",
            live.GetRawText(),
            StringComparison.Ordinal);

        Assert.Equal(0, await agent.EndAsync());
        await agent.ReadAsync("sync", line => Text(line, "reason") == "shutdown");
        Assert.Equal(
            "note: There is no --on-control: each control is written to the output, and acknowledged as applied.", agent.Error.TrimEnd());

        bool Has(string kind) => lines.Any(line => Text(line, "kind") == kind);
    }

    [Theory]
    [InlineData("argument")]
    [InlineData("file")]
    public async Task Base_path_and_the_switch_of_extensions_are_those_of_all_requests(string given)
    {
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync();
        using var file = new TemporaryFile("[daemon]\nbase_path = \"/agents/v1\"\nextensions = false\n");
        await using AgentCommand agent = given == "file" ? Start(controlPlane, "--config", file.Path)
            : Start(controlPlane, "--base-path", "/agents/v1/", "--extensions", "off");
        await agent.ReadAsync("route", line => Text(line, "state") == "live");
        await agent.ReadAsync("sync");
        Assert.Equal(0, await agent.EndAsync());
        Assert.NotEmpty(controlPlane.Paths);
        Assert.All(controlPlane.Paths, path => Assert.StartsWith("/agents/v1/", path, StringComparison.Ordinal));
        Assert.All(controlPlane.Syncs, sync => Assert.DoesNotContain("Controls", sync, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Sync_tells_who_the_agent_is_and_brings_controls()
    {
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync();
        controlPlane.Sync = """{"controls":[{"action":"pause","taskId":"t2"}]}""";
        await using AgentCommand agent = Start(controlPlane, "--agent-id", "agent-1", "--name", "one", "--downlink", "poll");

        JsonElement control = await agent.ReadAsync("control");

        Assert.StartsWith(
            """{"kind":"control","action":"pause","taskId":"t2","deleteFiles":false,"via":"sync","at":""", control.GetRawText(),
            StringComparison.Ordinal);
        JsonElement request = JsonDocument.Parse(controlPlane.Syncs.First()).RootElement;
        Assert.Equal(("agent-1", "one"), (Text(request, "agentId"), Text(request, "name")));
    }

    [Fact]
    public async Task Output_plain_is_lines_for_people_without_control_characters()
    {
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync();
        controlPlane.Sync = """{"controls":[{"action":"pause\u001b[2J","taskId":"a\nb","deleteFiles":true}]}""";
        await using AgentCommand agent = Start(controlPlane, "--output", "plain");

        string? line;
        do
        {
            line = await agent.ReadLineAsync();
        }
        while (line?.Contains("control ", StringComparison.Ordinal) == false);

        Assert.EndsWith("control  pause [2J 'a b', files too (via sync)", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_is_sent_and_in_no_output_even_when_the_server_sends_it_back()
    {
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync();
        controlPlane.Sync = Key;
        await using AgentCommand agent = Start(controlPlane, "--sync-interval", "1ms");

        JsonElement failed = await agent.ReadAsync("sync");
        Assert.StartsWith(
            """{"kind":"sync","reason":"start","ok":false,"controls":0,"at":""", failed.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain(Key, failed.GetRawText(), StringComparison.Ordinal);
        Assert.Equal($"Bearer {Key}", controlPlane.Keys.First());

        Assert.Equal(0, await agent.EndAsync());
        Assert.Contains("\nwarning: The sync failed (reason: start)", agent.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, agent.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_file_rotated_is_used_without_a_restart_and_an_empty_one_is_not()
    {
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync();
        using var file = new TemporaryFile(" first\n");
        await using AgentCommand agent = Start(controlPlane, "--api-key-file", file.Path, "--sync-interval", "1ms");
        await agent.ReadAsync("sync");
        Assert.Equal("Bearer first", controlPlane.Keys.First());

        await File.WriteAllTextAsync(file.Path, "second");
        await agent.ReadAsync("sync", _ => controlPlane.Keys.Last() == "Bearer second");

        await File.WriteAllTextAsync(file.Path, "");
        await agent.ReadAsync("sync", _ => agent.Error.Contains("cannot be used", StringComparison.Ordinal));
        Assert.Contains(
            $"The API key file '{file.Path}' cannot be used: it must be one line of visible ASCII", agent.Error, StringComparison.Ordinal);
        Assert.Equal("Bearer second", controlPlane.Keys.Last());
    }

    [Fact]
    public async Task Control_program_gets_the_control_in_order_and_not_the_key()
    {
        using var log = new TemporaryFile("");
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync();
        controlPlane.Stream =
            "event: command\ndata: {\"controls\":[{\"action\":\"cancel\",\"taskId\":\"a b;$(c)\",\"deleteFiles\":true},"
            + "{\"action\":\"resume\",\"taskId\":\"t2\"},{\"action\":\"stop\",\"taskId\":\"t3\"},"
            + "{\"action\":\"end\",\"taskId\":\"t4\"}]}\n\n";
        string program =
            $"echo \"$UNARR_ACTION|$UNARR_TASK_ID|$UNARR_DELETE_FILES|$UNARR_API_KEY\" >> '{log.Path}'; "
            + "read line; [ $UNARR_ACTION != resume ]";
        System.Environment.SetEnvironmentVariable("UNARR_API_KEY", Key);
        await using AgentCommand agent = Start(controlPlane, "--on-control", program);

        await agent.ReadAsync("control", line => Text(line, "action") == "end");
        Assert.Equal(0, await agent.EndAsync());

        // "A callback that fails is called again after 1 s and after 5 s, before the next control is handed over."
        string[] called =
            ["cancel|a b;$(c)|true|", "resume|t2|false|", "resume|t2|false|", "resume|t2|false|", "stop|t3|false|", "end|t4|false|"];
        Assert.Equal(called, await File.ReadAllLinesAsync(log.Path));
        Assert.Equal(
            ["warning: The control resume for task 't2', id 'none', failed: The control program ended with exit code 1."],
            agent.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct());
    }

    [Fact]
    public async Task Control_program_that_hangs_is_killed_when_the_time_to_shut_down_is_over()
    {
        string pipe = Path.Combine(Path.GetTempPath(), $"unarr-{Guid.NewGuid():N}");
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync();
        controlPlane.Stream = "event: command\ndata: {\"controls\":[{\"action\":\"cancel\",\"taskId\":\"t1\"}]}\n\n";
        using Process make = Process.Start("mkfifo", [pipe]);
        await make.WaitForExitAsync();
        try
        {
            await using AgentCommand agent = Start(controlPlane, "--on-control", $"{{ echo started; sleep 600; }} > '{pipe}' & wait");
            using StreamReader held = await Task.Run(() => new StreamReader(pipe)).WaitAsync(AgentCommand.Patience);
            Assert.Equal("started", await held.ReadLineAsync().WaitAsync(AgentCommand.Patience));

            Assert.Equal(0, await agent.EndAsync());

            // The pipe ends when the last that holds it has ended.
            Assert.Null(await held.ReadLineAsync().WaitAsync(AgentCommand.Patience));
            Assert.Contains("shutdown timeout has passed", agent.Error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(pipe);
        }
    }

    [Fact]
    public async Task Control_id_in_the_state_file_is_not_applied_again_after_a_restart()
    {
        using var state = new TemporaryFile("");
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync();
        controlPlane.Sync = """{"controls":[{"id":"c1","action":"pause","taskId":"t1"}]}""";
        await using (AgentCommand first = Start(controlPlane, "--state-file", state.Path))
        {
            await first.ReadAsync("control");
            Assert.Equal(0, await first.EndAsync());
        }

        controlPlane.Sync = """{"controls":[{"id":"c1","action":"pause","taskId":"t1"},{"id":"c2","action":"resume","taskId":"t1"}]}""";
        await using AgentCommand second = Start(controlPlane, "--state-file", state.Path);

        Assert.Equal("resume", Text(await second.ReadAsync("control"), "action"));
    }

    [Fact]
    public async Task Nothing_on_the_network_ends_it_and_exit_after_does()
    {
        await using AgentCommand agent = AgentCommand.Start(
            ["run", "--server", "http://127.0.0.1:1", "--server", "http://127.0.0.1:2", "--reconnect-delay", "1ms", "--exit-after",
                "300ms"],
            environment: Environment);

        Assert.Equal(0, await agent.Ended.WaitAsync(AgentCommand.Patience));

        Assert.Equal("stopped", Text(await agent.ReadAsync("route", line => Text(line, "state") == "stopped"), "state"));
    }

    [Fact]
    public async Task Configuration_file_gives_what_the_arguments_do_not()
    {
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync();
        using var key = new TemporaryFile(Key);
        using var file = new TemporaryFile(
            $"""
            [daemon]
            server = "{controlPlane.Url}"
            api_key_file = '{key.Path}'
            downlink = "carrier-pigeon"
            agent_id = "from-file"
            """);
        await using AgentCommand agent = AgentCommand.Start(["run", "--config", file.Path, "--agent-id", "from-argument"]);

        await agent.ReadAsync("sync");

        Assert.Equal("from-argument", Text(JsonDocument.Parse(controlPlane.Syncs.First()).RootElement, "agentId"));
        Assert.StartsWith($"warning: '{file.Path}': downlink: 'carrier-pigeon' is not one of", agent.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_and_server_of_a_deployed_agent_s_file_are_used_and_the_key_is_shown_nowhere()
    {
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync();
        controlPlane.Sync = Key;
        using var file = new TemporaryFile($"[auth]\napi_url = \"{controlPlane.Url}\"\napi_key = \"{Key}\"\n[library]\npath = \"/srv\"\n");
        await using AgentCommand agent = AgentCommand.Start(["run", "--config", file.Path]);

        Assert.False((await agent.ReadAsync("sync")).GetProperty("ok").GetBoolean());

        Assert.Equal($"Bearer {Key}", controlPlane.Keys.First());
        Assert.DoesNotContain(Key, agent.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_of_the_environment_wins_over_the_file_s_and_one_that_is_none_is_not_repeated()
    {
        using var file = new TemporaryFile("[auth]\napi_url = \"http://127.0.0.1:1\"\napi_key = \"two words\"\n");
        await using AgentCommand refused = AgentCommand.Start(["run", "--config", file.Path]);
        Assert.Equal(2, await refused.Ended.WaitAsync(AgentCommand.Patience));
        Assert.EndsWith(
            "'api_key' in the configuration file holds no key: it must be one line of visible ASCII characters.\n",
            refused.Error,
            StringComparison.Ordinal);

        await using AgentCommand agent = AgentCommand.Start(["run", "--config", file.Path], environment: Environment);
        Assert.Equal("start", Text(await agent.ReadAsync("sync"), "reason"));
    }

    [Fact]
    public async Task Environment_gives_what_no_argument_does_and_is_named_when_it_is_wrong()
    {
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync();
        Dictionary<string, string> environment = new(Environment)
        {
            ["UNARR_SERVER"] = $"{controlPlane.Url} http://127.0.0.1:1",
            ["UNARR_DOWNLINK"] = "poll",
            ["UNARR_EXTENSIONS"] = "no",
        };
        await using (AgentCommand agent = AgentCommand.Start(["run", "--downlink", "sse"], environment: environment))
        {
            await agent.ReadAsync("route", line => Text(line, "state") == "live" && Text(line, "route") == "sse");
            Assert.Contains("nothing is acknowledged (--extensions off)", agent.Error, StringComparison.Ordinal);
        }

        environment["UNARR_SYNC_INTERVAL"] = "often";
        await using AgentCommand wrong = AgentCommand.Start(["run"], environment: environment);
        Assert.Equal(2, await wrong.Ended.WaitAsync(AgentCommand.Patience));
        Assert.StartsWith("UNARR_SYNC_INTERVAL: 'often' is not a duration", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_file_says_how_the_agent_is_and_at_the_end_that_it_stopped()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("unarr-health-");
        string path = Path.Combine(folder.FullName, "health.json");
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync();
        await using (AgentCommand agent = Start(controlPlane, "--agent-id", "a1", "--health", path))
        {
            await agent.ReadAsync("route", line => Text(line, "state") == "live");
            JsonElement health = await HealthAsync(path, "live");
            Assert.Equal(("a1", "sse", controlPlane.Url), (Text(health, "agentId"), Text(health, "route"), Text(health, "mirror")));
            Assert.NotEqual("", Text(health, "version"));
            Assert.True(health.TryGetProperty("lastSync", out _));
            Assert.Equal(0, health.GetProperty("pendingWork").GetInt32());
            Assert.Equal(0, await agent.EndAsync());
        }

        Assert.Equal("stopped", Text(JsonDocument.Parse(await File.ReadAllTextAsync(path)).RootElement, "state"));
        Assert.Equal(["health.json"], folder.EnumerateFiles().Select(file => file.Name));
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Health_file_that_cannot_be_written_is_refused_at_the_start()
    {
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync();
        await using AgentCommand agent = Start(controlPlane, "--health", "/nowhere/health.json");
        Assert.Equal(2, await agent.Ended.WaitAsync(AgentCommand.Patience));
        Assert.StartsWith("Cannot write the health file '/nowhere/health.json'", agent.Error, StringComparison.Ordinal);
    }

    /// <summary>The health file's content, once it has a state: the file is whole whenever it is read.</summary>
    private static async Task<JsonElement> HealthAsync(string path, string state)
    {
        using CancellationTokenSource patience = new(AgentCommand.Patience);
        while (true)
        {
            JsonElement health = JsonDocument.Parse(await File.ReadAllTextAsync(path, patience.Token)).RootElement;
            if (Text(health, "state") == state)
            {
                return health;
            }

            await Task.Yield();
        }
    }

    private static AgentCommand Start(FakeControlPlane controlPlane, params string[] args) =>
        AgentCommand.Start(["run", "--server", controlPlane.Url, .. args], environment: Environment);

    private static string? Text(JsonElement line, string member) =>
        line.TryGetProperty(member, out JsonElement value) ? value.GetString() : null;
}
