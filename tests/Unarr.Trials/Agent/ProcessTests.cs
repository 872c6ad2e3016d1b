using System.Diagnostics;
using System.Text.Json;

namespace Unarr.EndToEnd.Tests.Agent;

/// <summary>What only a process of its own shows: signals, pipes, and what others can see of it.</summary>
public class ProcessTests
{
    private const string Key = "key-4711";

    // The program's own output folder: beside the tests it would lack what their framework brings.
    internal static readonly string Program =
        Path.Combine(AppContext.BaseDirectory.Replace("tests/Unarr.Trials", "src/Unarr.Agent", StringComparison.Ordinal), "unarr-agent");

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task Signal_ends_run_with_a_last_sync_and_exit_code_0_and_the_key_is_seen_nowhere(string signal)
    {
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync();
        using Process agent = Start("exec \"$@\"", Program, "run", "--server", controlPlane.Url);
        string output = "";
        while (!output.Contains("\"live\"", StringComparison.Ordinal) || !output.Contains("\"sync\"", StringComparison.Ordinal))
        {
            string? line = await agent.StandardOutput.ReadLineAsync().WaitAsync(AgentCommand.Patience);
            Assert.NotNull(line);
            output += $"{line}\n";
        }

        string arguments = OperatingSystem.IsLinux() ? await File.ReadAllTextAsync($"/proc/{agent.Id}/cmdline") : "";
        using (Process kill = Start("kill -$1 $2", signal, $"{agent.Id}"))
        {
            await kill.WaitForExitAsync();
        }

        output += await agent.StandardOutput.ReadToEndAsync().WaitAsync(AgentCommand.Patience);
        string error = await agent.StandardError.ReadToEndAsync();
        await agent.WaitForExitAsync();

        Assert.Equal(0, agent.ExitCode);
        Assert.Contains("\"reason\":\"shutdown\",\"ok\":true", output, StringComparison.Ordinal);
        Assert.Contains($"Bearer {Key}", controlPlane.Keys);
        Assert.DoesNotContain(Key, output + error + arguments, StringComparison.Ordinal);
        Assert.All(output.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => JsonDocument.Parse(line).Dispose());
    }

    [Fact]
    public async Task Output_that_nobody_reads_on_ends_parse_quietly()
    {
        using Process shell = Start("yes ': hb' 2>/dev/null | { \"$1\" parse -; echo \"exit $?\" >&2; } | head -n 1", Program);

        string output = await shell.StandardOutput.ReadToEndAsync().WaitAsync(AgentCommand.Patience);
        string error = await shell.StandardError.ReadToEndAsync();

        Assert.Equal("{\"kind\":\"comment\",\"text\":\" hb\"}\n", output);
        Assert.Equal("exit 0\n", error);
    }

    [Theory]
    [InlineData("", 170_000_053)]
    [InlineData("--base64", 226_666_732)]
    public async Task Data_longer_than_a_JSON_writer_takes_is_one_line(string option, int length)
    {
        using Process shell = Start(
            "{ printf 'data: '; head -c 170000000 /dev/zero | tr '\\0' x; printf '\\n\\n'; } | "
            + "\"$1\" parse - --max-line-bytes 256MiB --max-event-bytes 256MiB $2 | wc -lc",
            Program,
            option);

        string output = await shell.StandardOutput.ReadToEndAsync().WaitAsync(AgentCommand.Patience);

        Assert.Equal(["1", $"{length}"], output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("", await shell.StandardError.ReadToEndAsync());
    }

    [Fact]
    public async Task Output_that_nobody_reads_on_ends_run_quietly()
    {
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync();
        using Process shell = Start(
            "{ \"$1\" run --on-control true --server \"$2\" --sync-interval 10ms; echo \"exit $?\" >&2; } | head -n 1",
            Program,
            controlPlane.Url);

        string error = await shell.StandardError.ReadToEndAsync().WaitAsync(AgentCommand.Patience);

        Assert.Equal("exit 0\n", error);
    }

    [SkippableFact]
    public async Task Output_that_cannot_be_written_is_one_line_and_exit_code_1()
    {
        Needs.Device("/dev/full");
        using Process shell = Start("echo ': hb' | \"$1\" parse > /dev/full; echo \"exit $?\"", Program);

        string output = await shell.StandardOutput.ReadToEndAsync().WaitAsync(AgentCommand.Patience);
        string error = await shell.StandardError.ReadToEndAsync();

        Assert.Equal("exit 1\n", output);
        Assert.Matches(@"^The output cannot be written: [^\n]+\n$", error);
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("parse \"$2\"")]
    [InlineData("run --on-control true --server http://127.0.0.1:1")]
    public async Task Output_that_is_closed_is_one_line_and_exit_code_1(string command)
    {
        using var file = new TemporaryFile(": hb\n");
        using Process shell = Start($"\"$1\" {command} >&-; echo \"exit $?\" >&2", Program, file.Path);

        string error = await shell.StandardError.ReadToEndAsync().WaitAsync(AgentCommand.Patience);

        Assert.Matches(@"^(warning: [^\n]+\n)*The output cannot be written: [^\n]+\nexit 1\n$", error);
    }

    [SkippableFact]
    public async Task Standard_error_that_cannot_be_written_changes_nothing()
    {
        Needs.Device("/dev/full");
        using Process refused = Start("\"$1\" run --bogus 2>/dev/full; echo \"exit $?\"", Program);
        Assert.Equal("exit 2\n", await refused.StandardOutput.ReadToEndAsync().WaitAsync(AgentCommand.Patience));

        // Each failed sync is a warning that cannot be written.
        using Process agent = Start("exec \"$1\" run --server http://127.0.0.1:1 --sync-interval 1ms 2>/dev/full", Program);
        for (int failed = 0; failed < 5;)
        {
            string? line = await agent.StandardOutput.ReadLineAsync().WaitAsync(AgentCommand.Patience);
            Assert.NotNull(line);
            failed += line.Contains("\"ok\":false", StringComparison.Ordinal) ? 1 : 0;
        }

        agent.Kill();
    }

    [Fact]
    public async Task Outputs_of_two_commands_into_one_file_stand_one_behind_the_other()
    {
        using var file = new TemporaryFile("");
        using Process shell = Start("{ echo ': 1' | \"$1\" parse; echo ': 2' | \"$1\" parse; } > \"$2\"", Program, file.Path);
        await shell.WaitForExitAsync().WaitAsync(AgentCommand.Patience);

        Assert.Equal(["""{"kind":"comment","text":" 1"}""", """{"kind":"comment","text":" 2"}"""], await File.ReadAllLinesAsync(file.Path));
    }

    [Fact]
    public async Task Output_whose_reader_has_stalled_does_not_hold_the_end_up()
    {
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync();
        using Process shell = Start(
            "{ \"$1\" run --on-control true --server \"$2\" --sync-interval 1ms --exit-after 3s; " +
            "echo \"exit $?\" >&2; } | { read line; sleep 600 2>&- & wait; }",
            Program,
            controlPlane.Url);

        string? error;
        do
        {
            error = await shell.StandardError.ReadLineAsync().WaitAsync(AgentCommand.Patience);
        }
        while (error?.StartsWith("warning: ", StringComparison.Ordinal) == true);
        shell.Kill(entireProcessTree: true);

        Assert.Equal("exit 0", error);
    }

    [Fact]
    public async Task Key_file_that_is_a_pipe_is_read_once()
    {
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync();
        using Process shell = Start(
            "echo piped | { \"$1\" run --server \"$2\" --api-key-file /dev/stdin --sync-interval 10ms 2>&1; }", Program, controlPlane.Url);

        string? line;
        do
        {
            line = await shell.StandardOutput.ReadLineAsync().WaitAsync(AgentCommand.Patience);
            Assert.NotNull(line);
        }
        while (!line.Contains("\"reason\":\"interval\",\"ok\":true", StringComparison.Ordinal));
        shell.Kill(entireProcessTree: true);

        Assert.All(controlPlane.Keys, header => Assert.Equal("Bearer piped", header));
    }

    [Fact]
    public async Task Version_is_printed()
    {
        using Process agent = Start("exec \"$@\"", Program, "--version");

        string output = await agent.StandardOutput.ReadToEndAsync().WaitAsync(AgentCommand.Patience);

        Assert.Matches(@"^\d+\.\d+\.\d+\n$", output);
    }

    private static Process Start(string script, params string[] args)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", script, "sh", .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["UNARR_API_KEY"] = Key },
        };
        return Process.Start(start)!;
    }
}
