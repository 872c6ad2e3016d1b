using System.Globalization;
using Microsoft.AspNetCore.Http;
using Unarr.EndToEnd.Tests.Agent;
using Unarr.EndToEnd.Tests.Middleboxes;
using Unarr.EndToEnd.Tests.Nats;
using Unarr.EndToEnd.Tests.Packaging;
using Unarr.Guides;

namespace Unarr.EndToEnd.Tests.Documents;

/// <summary>Commands of the documents, as they are written there.</summary>
public sealed class DocumentCommandTests : IDisposable
{
    private const string AgentCompletion = "source <(unarr-agent completion bash)";
    private const string ControlPlaneCompletion = "unarr-controlplane completion bash";
    private const string Serve = "unarr-controlplane serve --keys keys.json";
    private const string Demo = "unarr-controlplane demo --nodes 3";
    private const string AddAgent = "unarr-controlplane keys add agent-1 --keys keys.json";
    private const string AddAgentOfService = "unarr-controlplane keys add agent-1 --keys /etc/unarr/keys.json";
    private const string Sample = "dotnet run --project samples/OwnBackend";
    private const string ParseBase64 = "unarr-agent parse --base64";
    private const string RunHelp = "unarr-agent run --help";
    private const string ReadHelp = "unarr-agent read --help";
    private const string CompletionHelp = "unarr-agent completion --help";
    private const string Example = "https://example.com/events";

    // Any key does: the servers of this test check none.
    private const string Credentials = """
        -----BEGIN NATS USER JWT-----
        e30.e30.e30
        ------END NATS USER JWT------

        -----BEGIN USER NKEY SEED-----
        SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY
        ------END USER NKEY SEED------
        """;

    private readonly DocumentShell _shell = new();
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromMinutes(2));

    public void Dispose()
    {
        _shell.Dispose();
        _deadline.Dispose();
    }

    [SkippableFact]
    [Runs("README.md", "Unarr.Pipelines")]
    public async Task Demo_of_the_readme_shows_every_step()
    {
        Needs.Program("bash");
        Assert.Contains(
            "Every step happened", await _shell.RunAsync(Block(nameof(Demo_of_the_readme_shows_every_step))), StringComparison.Ordinal);
    }

    [SkippableFact]
    [Runs("README.md", "The command lines")]
    [RunsInline("README.md", "kill %1 %2")]
    public async Task Control_of_the_readme_is_pushed_and_settled()
    {
        Needs.Program("curl");
        string commands = Block(nameof(Control_of_the_readme_is_pushed_and_settled));
        string last = commands[commands.LastIndexOf("\ncurl ", StringComparison.Ordinal)..];

        // What came of the push is there when the agent has acknowledged it.
        string output = await _shell.RunAsync($"""
            {commands}
            until {last.Trim()} | grep -q '"acknowledged"\|"applied"'
            do :; done; echo; echo applied
            kill %1 %2; wait
            """);
        Assert.Contains("""{"ids":[""", output, StringComparison.Ordinal);
        Assert.Contains("\napplied\n", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    [Runs("README.md", "The command lines", 1)]
    [Runs("docs/agent.md", "Read a stream")]
    public async Task Streams_of_the_documents_are_read_and_probed()
    {
        Needs.Program("curl");
        Needs.Program("jq");
        ShellBlock[] blocks = Blocks(nameof(Streams_of_the_documents_are_read_and_probed));
        List<string> verdicts = [];
        foreach (string command in blocks.SelectMany(block => block.Commands))
        {
            string? resumedFrom = null;
            int requests = 0;
            await using PathServer server = await PathServer.StartAsync(async context =>
            {
                if (context.Request.Path != "/events" || Interlocked.Increment(ref requests) > 1)
                {
                    context.Response.StatusCode = 204;
                    return;
                }

                resumedFrom = context.Request.Headers["Last-Event-ID"];
                context.Response.ContentType = "text/event-stream";
                await context.Response.WriteAsync("id: 43\ndata: hello\n\n");
            });
            Assert.Contains(Example, command, StringComparison.Ordinal);
            string here = command.Replace(Example, $"{server.Url}/events", StringComparison.Ordinal);
            verdicts.Add((await _shell.RunAsync($"{here} || exit 0")).Trim());
            Assert.Equal(command.Contains("--last-event-id", StringComparison.Ordinal) ? "42" : null, resumedFrom);
        }

        Assert.Equal(4, verdicts.Count);
        Assert.Equal("""{"kind":"event","event":"message","data":"hello","id":"43"}""", verdicts[0]);
        Assert.Equal("hello", verdicts[1]);
        Assert.Contains(": ", verdicts[2], StringComparison.Ordinal);
        Assert.Equal("hello", verdicts[3]);
    }

    [SkippableFact]
    [Runs("docs/observability.md", "See them", 1)]
    public async Task Sample_of_observability_prints_what_the_document_shows()
    {
        Needs.Program("curl");
        Needs.Program("jq");
        DocumentShell.NeedProject("samples/Observability");
        string push = Commands("README.md", "The command lines").Single(command => command.Contains("\"pause\"", StringComparison.Ordinal));
        await using GuideProcess sample = _shell.Start(Block(nameof(Sample_of_observability_prints_what_the_document_shows)));
        await sample.WaitForAsync("The downlink is live, route sse, on ", _deadline.Token);
        await _shell.RunAsync($"jq -r .operator keys.json > operator.key\n{push}");

        // Ids, times and figures are those of another run; two exporters write at once.
        string[] shown = [.. DocumentCommands.Documents["docs/observability.md"].Split("```text\n")[1].Split("```")[0].Trim().Split('\n')];
        List<string> missing =
            [shown[0], .. shown[1..].Select(line => line.Trim()).Where(line => line.Length > 0 && !line.Any(char.IsDigit))];
        Assert.True(missing.Count > 8, $"Only {missing.Count} lines are shown.");
        while (missing.Count > 0)
        {
            string line = await sample.WaitForAsync("", _deadline.Token);
            missing.RemoveAll(expected => line.Contains(expected, StringComparison.Ordinal));
        }
    }

    [SkippableFact]
    [Runs("docs/controlplane.md", "Built-in TLS")]
    public async Task Control_plane_serves_over_tls_with_a_certificate_and_a_key()
    {
        Needs.Program("curl");
        Needs.Program("openssl");
        using LoopbackPort port = new();
        await _shell.WriteAsync("keys.json", """{"operator":"operator-key"}""");
        await _shell.RunAsync(
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj /CN=control -addext subjectAltName=IP:127.0.0.1 "
            + "-keyout privkey.pem -out fullchain.pem");
        string command = Block(nameof(Control_plane_serves_over_tls_with_a_certificate_and_a_key));
        Assert.Contains(":8443", command, StringComparison.Ordinal);
        await using GuideProcess served = _shell.Start(command.Replace(":8443", $":{port.Number}", StringComparison.Ordinal));
        await served.WaitForAsync("Listening on https:", _deadline.Token);
        Assert.Equal(
            """{"status":"ok"}""",
            (await _shell.RunAsync($"curl -s --cacert fullchain.pem https://127.0.0.1:{port.Number}/health")).Trim());
    }

    [SkippableFact]
    [Runs("docs/cluster.md", "Set-up")]
    public async Task First_node_of_a_fleet_makes_what_is_missing_and_serves()
    {
        Needs.Program("curl");
        await using NatsCluster cluster = await NatsCluster.StartAsync();
        await _shell.WriteAsync("keys.json", """{"operator":"operator-key"}""");
        await _shell.WriteAsync("node.creds", Credentials);
        string command = Block(nameof(First_node_of_a_fleet_makes_what_is_missing_and_serves))
            .Replace("10.0.0.11:8080", "127.0.0.1:8080", StringComparison.Ordinal);
        for (int server = 0; server < 3; server++)
        {
            command = command.Replace(
                $"10.0.0.{server + 1}:4222",
                string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{cluster.Servers[server].Port}"), StringComparison.Ordinal);
        }

        await using GuideProcess node = _shell.Start(command);
        await node.WaitForAsync("Listening on ", _deadline.Token);
        Assert.Equal("""{"status":"ok"}""", (await _shell.RunAsync("curl -s http://127.0.0.1:8080/health")).Trim());
    }

    [SkippableFact]
    [RunsInline("docs/controlplane.md", ControlPlaneCompletion)]
    [RunsInline("docs/agent.md", AgentCompletion)]
    public async Task Completions_are_scripts_that_bash_takes()
    {
        Needs.Program("bash");
        Assert.Equal(
            "complete -o default -F _unarr_controlplane unarr-controlplane\n",
            await _shell.RunAsync($"source <({ControlPlaneCompletion}); complete -p unarr-controlplane"));
        Assert.Equal(
            "complete -o default -F _unarr_agent unarr-agent\n",
            await _shell.RunAsync($"{AgentCompletion}; complete -p unarr-agent"));
    }

    [SkippableFact]
    [RunsInline("docs/systemd.md", RunHelp)]
    [RunsInline("docs/agent.md", ReadHelp)]
    [RunsInline("docs/agent.md", CompletionHelp)]
    [RunsInline("tests/vectors/README.md", ParseBase64)]
    public async Task Command_that_a_sentence_names_prints_what_is_said_of_it()
    {
        Needs.Program("bash");
        Assert.Contains("--on-control", await _shell.RunAsync(RunHelp), StringComparison.Ordinal);
        Assert.Contains("exit code", await _shell.RunAsync(ReadHelp), StringComparison.OrdinalIgnoreCase);
        Assert.Contains(
            "\"data64\":\"aGVsbG8=\"", await _shell.RunAsync($"printf 'data: hello\n\n' | {ParseBase64} -"), StringComparison.Ordinal);
        Assert.Contains("/completions", await _shell.RunAsync(CompletionHelp), StringComparison.Ordinal);
    }

    [SkippableFact]
    [RunsInline("docs/cluster.md", Demo)]
    public async Task Demo_of_a_fleet_shows_every_step()
    {
        Needs.Program("bash");
        Needs.Program(NatsServer.Program);
        Assert.Contains("Every step happened", await _shell.RunAsync(Demo), StringComparison.Ordinal);
    }

    [SkippableFact]
    [RunsInline("docs/controlplane.md", Serve)]
    [RunsInline("docs/embed.md", AddAgent)]
    [RunsInline("docs/systemd.md", AddAgentOfService)]
    [RunsInline("README.md", Sample)]
    [RunsInline("docs/own-backend.md", Sample)]
    public async Task Programs_that_sentences_name_start()
    {
        Needs.Program("bash");
        await _shell.WriteAsync("keys.json", """{"operator":"operator-key"}""");
        string other = AddAgentOfService.Replace("agent-1", "agent-2", StringComparison.Ordinal)
            .Replace("/etc/unarr/", "", StringComparison.Ordinal);
        foreach (string add in (string[])[AddAgent, other])
        {
            Assert.Matches("^[\\w-]{40,}\n$", await _shell.RunAsync(add));
        }

        await using GuideProcess served = _shell.Start(Serve);
        await served.WaitForAsync("Listening on ", _deadline.Token);
        await using GuideProcess sample = _shell.Start(Sample);
        await sample.WaitForAsync("The page: ", _deadline.Token);
    }

    /// <summary>What is locked for the native compiler is what the command locks.</summary>
    [SkippableFact]
    [Runs("CONTRIBUTING.md", "A release")]
    public async Task Lock_file_of_the_native_agent_is_written_again_as_it_is()
    {
        Needs.Program("git");
        Skip.IfNot(Path.Exists(Path.Combine(Dotnet.Repository, ".git")), "It needs a clone of the repository.");
        await _shell.RunAsync($"git clone --quiet --shared '{Dotnet.Repository}' clone");
        await _shell.RunAsync($"""
            export NUGET_PACKAGES='{Dotnet.Cache}' NuGetAudit=false
            cd clone
            rm src/Unarr.Agent/packages.linux-x64.lock.json
            {Block(nameof(Lock_file_of_the_native_agent_is_written_again_as_it_is))}
            git diff --exit-code
            """);
    }

    private static ShellBlock[] Blocks(string test) => DocumentCommands.Of(typeof(DocumentCommandTests), test);

    private static string Block(string test) => Assert.Single(Blocks(test)).Script;

    private static IReadOnlyList<string> Commands(string document, string heading) => DocumentCommands.Blocks
        .First(block => block.Document == document && block.Heading == heading).Commands;
}
