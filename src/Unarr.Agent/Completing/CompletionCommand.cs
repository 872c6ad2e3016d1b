using System.CommandLine;
using System.Text;
using Unarr.Agent.Terminal;
using Unarr.CommandLine;

namespace Unarr.Agent.Completing;

/// <summary>The command <c>completion</c>: the script that makes a shell complete commands and options.</summary>
internal static class CompletionCommand
{
    private const string Notes =
        """
        The script asks the program itself for completions, so it stays right when the program is replaced.

        Examples:
          unarr-agent completion bash > /etc/bash_completion.d/unarr-agent
          unarr-agent completion zsh > "${fpath[1]}/_unarr-agent"
          unarr-agent completion fish > ~/.config/fish/completions/unarr-agent.fish
          source <(unarr-agent completion bash)

        """;

    public static Command Create(Surroundings surroundings)
    {
        var shell = new Argument<string>("SHELL") { Description = "The shell: bash, zsh or fish.", HelpName = "bash|zsh|fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new DocumentedCommand(
            "completion", "Prints a script that completes this program's commands and options in a shell.", Notes) { shell };
        command.SetAction((arguments, cancellationToken) =>
            surroundings.Output.WriteAsync(Encoding.UTF8.GetBytes(CompletionScript.For(arguments.GetValue(shell)!)), cancellationToken)
                .AsTask());
        return command;
    }
}
