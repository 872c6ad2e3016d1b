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

    [Fact]
    public async Task Shell_that_is_not_known_is_a_mistake() => Assert.Equal(2, (await AgentCommand.RunAsync(["completion", "tcsh"])).ExitCode);

    [Fact]
    public async Task Version_is_a_number()
    {
        (int exitCode, string output, _) = await AgentCommand.RunAsync(["--version"]);

        Assert.Equal(0, exitCode);
        Assert.Matches(@"^\d+\.\d+\.\d+", output);
    }
}
