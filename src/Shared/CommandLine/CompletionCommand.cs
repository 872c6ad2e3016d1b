using System.CommandLine;

namespace Unarr.CommandLine;

/// <summary>The command <c>completion</c>: the script that makes a shell complete commands and options.</summary>
internal static class CompletionCommand
{
    /// <param name="program">The program's name.</param>
    /// <param name="print">Writes the script to standard output.</param>
    public static Command Create(string program, Func<string, CancellationToken, Task> print)
    {
        string notes =
            $$"""
            The script asks the program itself for completions, so it stays right when the program is replaced.

            Examples:
              {{program}} completion bash > /etc/bash_completion.d/{{program}}
              {{program}} completion zsh > "${fpath[1]}/_{{program}}"
              {{program}} completion fish > ~/.config/fish/completions/{{program}}.fish
              source <({{program}} completion bash)

            """;
        var shell = new Argument<string>("SHELL") { Description = "The shell: bash, zsh or fish.", HelpName = "bash|zsh|fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new DocumentedCommand(
            "completion", "Prints a script that completes this program's commands and options in a shell.", notes) { shell };
        command.SetAction((arguments, cancellationToken) =>
            print(CompletionScript.For(arguments.GetValue(shell)!, program), cancellationToken));
        return command;
    }
}
