using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Unarr.EndToEnd.Tests.Agent.Live;

/// <summary>The live view on a terminal, which <c>script</c> makes.</summary>
public class LiveTests
{
    // The terminal that script makes has no size of its own.
    private const string Command =
        "stty cols 100 rows 30; echo \"pid $$.\"; exec \"$PROGRAM\" run --server \"$SERVER\" --sync-interval 50ms";

    [SkippableFact]
    public async Task Run_on_a_terminal_shows_a_view_and_gives_the_terminal_back()
    {
        Needs.Program("script");
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync();
        controlPlane.Stream =
            ": connected\n\nevent: command\ndata: {\"controls\":[{\"action\":\"pause\",\"taskId\":\"t1\"}]}\n\n";
        using Process terminal =
            Process.Start(new ProcessStartInfo("script", ["--quiet", "--return", "--flush", "--command", Command, "/dev/null"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                StandardOutputEncoding = Encoding.UTF8,
                Environment =
            {
                ["SHELL"] = "/bin/sh",
                ["TERM"] = "xterm",
                ["PROGRAM"] = ProcessTests.Program,
                ["SERVER"] = controlPlane.Url,
                ["UNARR_API_KEY"] = "key-4711",
            },
            })!;
        StringBuilder shown = new();
        await ReadUntilAsync("pid ", "sse, live for ", "pause 't1'", "controls 1, syncs ");
        int pid = int.Parse(shown.ToString().Split("pid ")[1].Split('.')[0], CultureInfo.InvariantCulture);
        using (Process kill = Process.Start("/bin/kill", ["-TERM", $"{pid}"]))
        {
            await kill.WaitForExitAsync();
        }

        shown.Append(await terminal.StandardOutput.ReadToEndAsync().WaitAsync(AgentCommand.Patience));
        await terminal.WaitForExitAsync().WaitAsync(AgentCommand.Patience);

        string all = shown.ToString();
        Assert.Equal(0, terminal.ExitCode);
        Assert.Contains($"  mirror    {controlPlane.Url}", all, StringComparison.Ordinal);
        Assert.Contains("\e[?25l", all, StringComparison.Ordinal);
        Assert.True(all.LastIndexOf("\e[?25h", StringComparison.Ordinal) > all.LastIndexOf("\e[?25l", StringComparison.Ordinal),
            "The cursor is not given back.");
        Assert.DoesNotContain("{\"kind\"", all, StringComparison.Ordinal);
        Assert.DoesNotContain("key-4711", all, StringComparison.Ordinal);

        async Task ReadUntilAsync(params string[] texts)
        {
            char[] buffer = new char[4096];
            while (!texts.All(text => shown.ToString().Contains(text, StringComparison.Ordinal)))
            {
                int read = await terminal.StandardOutput.ReadAsync(buffer).AsTask().WaitAsync(AgentCommand.Patience);
                Assert.True(read > 0, $"It ended: {shown}");
                shown.Append(buffer, 0, read);
            }
        }
    }

    [SkippableFact]
    public async Task Run_on_a_dumb_terminal_shows_lines_and_moves_no_cursor()
    {
        Needs.Program("script");
        await using FakeControlPlane controlPlane = await FakeControlPlane.StartAsync();
        using Process terminal = Process.Start(new ProcessStartInfo(
            "script", ["--quiet", "--return", "--flush", "--command", $"{Command} --exit-after 2s", "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardOutputEncoding = Encoding.UTF8,
            Environment =
            {
                ["SHELL"] = "/bin/sh",
                ["TERM"] = "dumb",
                ["PROGRAM"] = ProcessTests.Program,
                ["SERVER"] = controlPlane.Url,
                ["UNARR_API_KEY"] = "key-4711",
            },
        })!;

        string all = await terminal.StandardOutput.ReadToEndAsync().WaitAsync(AgentCommand.Patience);

        Assert.Contains("  route    sse, live ", all, StringComparison.Ordinal);
        Assert.Contains("acknowledged as applied", all, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', all);
        Assert.DoesNotContain("{\"kind\"", all, StringComparison.Ordinal);
    }
}
