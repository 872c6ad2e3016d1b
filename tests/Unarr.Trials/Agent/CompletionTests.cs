using System.Diagnostics;

namespace Unarr.EndToEnd.Tests.Agent;

public class CompletionTests
{
    [Theory]
    [InlineData("unarr-agent ru", "run")]
    [InlineData("unarr-agent run --se", "--server")]
    [InlineData("unarr-agent probe --js", "--json")]
    [InlineData("unarr-agent run --downlink ", "auto poll sse")]
    [InlineData("unarr-agent run --output ", "json live plain")]
    [InlineData("unarr-agent parse --dialect w", "whatwg")]
    public async Task Suggestions_are_what_fits(string line, string expected)
    {
        (int exitCode, string output, string error) = await AgentCommand.RunAsync([$"[suggest:{line.Length}]", line]);

        Assert.Equal((0, ""), (exitCode, error));
        string[] words = output.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(expected.Split(' '), words.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _unarr_agent unarr-agent")]
    [InlineData("zsh", "#compdef unarr-agent")]
    [InlineData("fish", "complete -c unarr-agent")]
    public async Task Script_asks_the_program(string shell, string line)
    {
        (int exitCode, string output, _) = await AgentCommand.RunAsync(["completion", shell]);

        Assert.Equal(0, exitCode);
        Assert.Contains(line, output, StringComparison.Ordinal);
        Assert.Contains("[suggest:", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Bash_completes_what_fits_and_nothing_else()
    {
        Needs.Program("bash");
        // As bash calls it: the words, the one under the cursor, the line and the cursor's place in it.
        const string Line = "$1 run --downlink ";
        string script = $"""
            source <("$1" completion bash)
            COMP_WORDS=("$1" run --downlink ""); COMP_CWORD=3; COMP_LINE="{Line}"; COMP_POINT=${"{#COMP_LINE}"}
            _unarr_agent; printf '%s\n' "${"{COMPREPLY[@]}"}"
            COMP_WORDS=("$1" --nothing); COMP_CWORD=1; COMP_LINE="$1 --nothing"; COMP_POINT=${"{#COMP_LINE}"}
            _unarr_agent; echo "${"{#COMPREPLY[@]}"} fit"
            """;

        Assert.Equal("auto\npoll\nsse\n0 fit\n", await RunAsync("bash", "-c", script, "bash", ProcessTests.Program));
    }

    [SkippableFact]
    public async Task Zsh_completes_what_fits_and_files_where_nothing_does()
    {
        Needs.Program("zsh");
        // What zsh's completion system has when it calls the function, and what the function asks of it.
        string script = $"""
            compdef() {"{ : }"}
            compadd() {"{ [[ $1 == -a && ${(P)#2} -gt 0 ]] && print -l -- \"${(@P)2}\" }"}
            _files() {"{ print files }"}
            eval "$("$1" completion zsh)"
            words=("$1" run --downlink ""); CURRENT=4; PREFIX=""
            _unarr_agent
            words=("$1" run --downl --server x); CURRENT=3; PREFIX=--downl
            _unarr_agent
            words=("$1" --nothing); CURRENT=2; PREFIX=--nothing
            _unarr_agent
            """;

        Assert.Equal("auto\npoll\nsse\n--downlink\nfiles\n", await RunAsync("zsh", "-fc", script, "zsh", ProcessTests.Program));
    }

    [Fact]
    public async Task Shell_that_is_not_known_is_a_mistake() =>
        Assert.Equal(2, (await AgentCommand.RunAsync(["completion", "tcsh"])).ExitCode);

    [Fact]
    public async Task Version_is_a_number()
    {
        (int exitCode, string output, _) = await AgentCommand.RunAsync(["--version"]);

        Assert.Equal(0, exitCode);
        Assert.Matches(@"^\d+\.\d+\.\d+", output);
    }

    private static async Task<string> RunAsync(string program, params string[] args)
    {
        using Process shell = Process.Start(new ProcessStartInfo(program, args) { RedirectStandardOutput = true })!;
        return await shell.StandardOutput.ReadToEndAsync().WaitAsync(AgentCommand.Patience);
    }
}
