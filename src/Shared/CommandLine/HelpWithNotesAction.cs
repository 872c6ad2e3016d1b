using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Unarr.CommandLine;

/// <summary>Writes a command's help, and its notes below.</summary>
internal sealed class HelpWithNotesAction(HelpAction help) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        int exitCode = help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is DocumentedCommand command)
        {
            parseResult.InvocationConfiguration.Output.WriteLine(command.Notes);
        }

        return exitCode;
    }
}
