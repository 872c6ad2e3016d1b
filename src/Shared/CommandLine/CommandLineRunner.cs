using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Unarr.CommandLine;

/// <summary>Runs a command line: what is wrong with it is one line on standard error and exit code 2.</summary>
internal static class CommandLineRunner
{
    public const int UsageExitCode = 2;

    // A signal cancels the command's token; what has not ended after this long is ended by the process.
    private static readonly TimeSpan TerminationTimeout = TimeSpan.FromSeconds(10);

    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        foreach (HelpOption help in root.Options.OfType<HelpOption>())
        {
            help.Action = help.Action is HelpAction action ? new HelpWithNotesAction(action) : help.Action;
        }

        ParseResult result = root.Parse(args, ArgumentParsing.Configuration);

        // --help and --version bring actions of their own, and are no errors even where a required option is missing.
        if (result.Errors.Count > 0 && result.Action is null or ParseErrorAction)
        {
            return Refuse(Problem(result));
        }

        try
        {
            return await result.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = TerminationTimeout,
            }).ConfigureAwait(false);
        }
        catch (UsageException exception)
        {
            return Refuse(exception.Message);
        }
    }

    // A word that nothing knows is most often why something else is missing: it is named first.
    private static string Problem(ParseResult result) => result.UnmatchedTokens is [{ } word, ..]
        ? $"There is no {(word.StartsWith('-') ? "option" : "command or argument")} '{word}' in '{result.CommandResult.Command.Name}': "
            + "see --help."
        : result.Errors[0].Message;

    private static int Refuse(string message)
    {
        Console.Error.WriteLine(message.ReplaceLineEndings(" "));
        return UsageExitCode;
    }
}
