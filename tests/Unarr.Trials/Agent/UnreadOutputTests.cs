using System.Diagnostics;
using System.Text.Json;

namespace Unarr.EndToEnd.Tests.Agent;

/// <summary>An agent whose output nobody reads goes on with its work. Only a process of its own has pipes that fill.</summary>
public sealed class UnreadOutputTests : IDisposable
{
    private const int Controls = 400;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-unread-");
    private readonly string _applied;

    /// <summary>Says which control it is for, and who has started it.</summary>
    private string Program => $"echo $UNARR_TASK_ID $PPID > '{_applied}'; echo $UNARR_ACTION";

    public UnreadOutputTests()
    {
        _applied = Path.Combine(_folder.FullName, "applied");
        using Process make = Process.Start("mkfifo", [_applied]);
        make.WaitForExit();
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("2>/dev/null")]
    [InlineData("2>&1 >/dev/null")]
    [InlineData("2>&1")]
    public async Task Controls_are_applied_while_nobody_reads_and_the_end_comes_in_time(string redirected)
    {
        await using FakeControlPlane controlPlane = await ControlPlaneAsync();
        using Process shell = Start(
            $"{{ \"$@\" {redirected}; echo ended $? > '{_applied}'; }} | {{ read line; echo reading >&2; sleep 600 2>&- & wait; }}",
            "run", "--server", controlPlane.Url, "--on-control", Program);

        await AllAreAppliedAndTheEndComesAsync();
        shell.Kill(entireProcessTree: true);
    }

    [SkippableFact]
    public async Task Controls_are_applied_while_nobody_reads_the_terminal_and_the_end_comes_in_time()
    {
        Needs.Program("script");
        await using FakeControlPlane controlPlane = await ControlPlaneAsync();
        using Process terminal = Process.Start(new ProcessStartInfo(
            "script", ["--quiet", "--command",
                $"\"$AGENT\" run --server \"$SERVER\" --on-control \"$PROGRAM\"; echo ended $? > '{_applied}'", "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment =
            {
                ["SHELL"] = "/bin/sh",
                ["TERM"] = "xterm",
                ["AGENT"] = ProcessTests.Program,
                ["SERVER"] = controlPlane.Url,
                ["PROGRAM"] = Program,
                ["UNARR_API_KEY"] = "key-4711",
            },
        })!;

        await AllAreAppliedAndTheEndComesAsync();
        terminal.Kill(entireProcessTree: true);
    }

    [Fact]
    public async Task Syncs_go_on_while_nobody_reads_standard_error()
    {
        // Each failed sync is a warning: 2,500 of them are more than a pipe and the bounds hold.
        using Process agent = Start("exec \"$@\"", "run", "--server", "http://127.0.0.1:1", "--sync-interval", "1ms");
        for (int failed = 0; failed < 2500;)
        {
            string? line = await agent.StandardOutput.ReadLineAsync().WaitAsync(AgentCommand.Patience);
            Assert.NotNull(line);
            failed += line.Contains("\"ok\":false", StringComparison.Ordinal) ? 1 : 0;
        }

        Assert.Contains(
            "warning: Nobody read standard error: lines dropped: ", await ErrorsAsync(agent), StringComparison.Ordinal);
        Assert.Equal(0, agent.ExitCode);
    }

    [Fact]
    public async Task Lines_that_were_dropped_are_counted_when_they_are_read_again()
    {
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync();
        controlPlane.Stream = string.Concat(Enumerable.Range(0, 4000).Select(index =>
            $$"""
            event: command
            data: {"controls":[{"action":"pause","taskId":"t{{index}}"}]}


            """)) + $$"""
            event: command
            data: {"controls":[{"action":"{{new string('x', 900)}}","taskId":"last","id":"last"}]}


            """;
        var acknowledged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        controlPlane.SyncCame += sync =>
        {
            if (sync.Contains("\"last\"", StringComparison.Ordinal))
            {
                acknowledged.TrySetResult();
            }
        };
        using Process agent = Start("exec \"$@\"", "run", "--server", controlPlane.Url, "--sync-interval", "10ms");

        // The last one is acknowledged before the first is read.
        await acknowledged.Task.WaitAsync(AgentCommand.Patience);

        long controls = 0;
        long dropped = 0;
        while (controls + dropped < 4000)
        {
            JsonElement line =
                JsonDocument.Parse((await agent.StandardOutput.ReadLineAsync().WaitAsync(AgentCommand.Patience))!).RootElement;
            controls += line.GetProperty("kind").GetString() == "control" ? 1 : 0;
            dropped += line.GetProperty("kind").GetString() == "dropped" ? line.GetProperty("lines").GetInt64() : 0;
        }

        Assert.InRange(dropped, 1, 4000 * 2);
        await ErrorsAsync(agent);
    }

    /// <summary>A control plane with far more than a pipe holds, in lines of the agent, in warnings,
    /// and in what the program prints.</summary>
    private static async Task<FakeControlPlane> ControlPlaneAsync()
    {
        FakeControlPlane controlPlane = await FakeControlPlane.StartAsync();
        string action = new('x', 900);
        controlPlane.Stream = string.Concat(Enumerable.Range(0, Controls).Select(index =>
            $$"""
            event: command
            data: {"controls":[{"action":"{{action}}","taskId":"t{{index}}"}]}


            """));
        return controlPlane;
    }

    private async Task AllAreAppliedAndTheEndComesAsync()
    {
        // Opened for both, the pipe has no end between two programs.
        await using FileStream pipe = new(_applied, FileMode.Open, FileAccess.ReadWrite);
        using StreamReader applied = new(pipe);
        string[] words = [];
        for (int index = 0; index < Controls; index++)
        {
            words = (await applied.ReadLineAsync().WaitAsync(AgentCommand.Patience))!.Split(' ');
            Assert.Equal($"t{index}", words[0]);
        }

        using Process kill = Process.Start("/bin/kill", ["-TERM", words[1]]);
        Assert.Equal("ended 0", await applied.ReadLineAsync().WaitAsync(AgentCommand.Patience));
    }

    /// <summary>Ends the agent, and returns what it has written to standard error.</summary>
    private static async Task<string> ErrorsAsync(Process agent)
    {
        using Process kill = Process.Start("/bin/kill", ["-TERM", $"{agent.Id}"]);
        Task<string> output = agent.StandardOutput.ReadToEndAsync();
        string error = await agent.StandardError.ReadToEndAsync().WaitAsync(AgentCommand.Patience);
        await output;
        await agent.WaitForExitAsync();
        return error;
    }

    private static Process Start(string script, params string[] args) => Process.Start(
        new ProcessStartInfo("/bin/sh", ["-c", script, "sh", ProcessTests.Program, .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["UNARR_API_KEY"] = "key-4711" },
        })!;
}
