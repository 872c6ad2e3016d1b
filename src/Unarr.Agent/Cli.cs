using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Text;
using Unarr.Agent.Parsing;
using Unarr.Agent.Probing;
using Unarr.Agent.Reading;
using Unarr.Agent.Running;
using Unarr.Agent.Terminal;
using Unarr.CommandLine;
using Unarr.Pipelines.Net;

namespace Unarr.Agent;

/// <summary>The command line: what is wrong with it is one line on standard error and exit code 2.</summary>
internal static class Cli
{
    private const string Description =
        """
        Keeps a control plane's pushes reaching this machine, and reads event streams, live and recorded.

        Examples:
          curl -sN https://example.com/stream | unarr-agent parse -
          unarr-agent read https://example.com/stream
          unarr-agent run --server https://control.example.com --api-key-file /etc/unarr/key
          unarr-agent probe https://example.com/stream
        """;

    /// <summary>Runs one command line.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="surroundings">The streams and the environment.</param>
    /// <param name="cancellationToken">Ends the command cleanly, as Ctrl-C does.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args, Surroundings surroundings, CancellationToken cancellationToken = default)
    {
        ParseResult result = Root(surroundings).Parse(args, ArgumentParsing.Configuration);

        if (FlagWithValue(result, args) is { } flag)
        {
            return Refuse(surroundings, $"{flag} takes no value other than true or false.");
        }

        // --help and --version bring actions of their own: they are no errors, even where a required option is missing.
        if (result.Errors.Count > 0 && result.Action is null or ParseErrorAction)
        {
            return Refuse(surroundings, Describe(result));
        }

        try
        {
            // Help and version; the commands write bytes to the stream themselves.
            var text = new StreamWriter(surroundings.Output, leaveOpen: true);
            int exitCode = await result.InvokeAsync(
                new InvocationConfiguration
                {
                    Output = text,
                    Error = surroundings.Error,
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = null,
                },
                cancellationToken).ConfigureAwait(false);
            await text.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            return exitCode;
        }
        catch (Exception exception) when (exception is UsageException or ProxyVariableException)
        {
            return Refuse(surroundings, exception.Message);
        }
        catch (ExhaustedException exception)
        {
            surroundings.Error.WriteLine(OneLine.Of(exception.Message));
            return ExitCode.Failure;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCode.Success;
        }
        catch (IOException exception) when (StandardOutput.IsClosed(exception))
        {
            // Nobody reads on, as before `| head`: no error of ours.
            return ExitCode.Success;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What goes wrong with files and the network is told where it does: this is the output.
            surroundings.Error.WriteLine(OneLine.Of($"The output cannot be written: {exception.Message}"));
            return ExitCode.Failure;
        }
    }

    private static RootCommand Root(Surroundings surroundings)
    {
        var root = new RootCommand(Description)
        {
            ParseCommand.Create(surroundings),
            RunCommand.Create(surroundings),
            ReadCommand.Create(surroundings),
            ProbeCommand.Create(surroundings),
            CompletionCommand.Create("unarr-agent", (script, cancellationToken) =>
                surroundings.Output.WriteAsync(Encoding.UTF8.GetBytes(script), cancellationToken).AsTask()),
        };

        CheckedSuggestAction.AddTo(root);
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithNotesAction((HelpAction)help.Action!);
        return root;
    }

    /// <summary>The first thing that is wrong. What stands behind a "=" may be a secret given by mistake and is not repeated.</summary>
    private static string Describe(ParseResult result)
    {
        if (result.UnmatchedTokens is [string unknown, ..])
        {
            return unknown switch
            {
                ['-', _, ..] => $"Unknown option '{unknown.Split('=')[0]}'; --help lists the options.",
                // A header without its quotes falls into pieces, of which one may be a secret.
                _ when ProbeRequestArguments.HasHeader(result) =>
                    "Unknown argument: a header is one argument, as in --header 'Name: value'.",
                _ => $"Unknown command or argument '{unknown}'; --help lists the commands.",
            };
        }

        return result.Errors[0].Message;
    }

    /// <summary>A flag with another value than a flag can have: the parser would take that for the command's argument.</summary>
    private static string? FlagWithValue(ParseResult result, string[] args) =>
        result.CommandResult.Command.Options.OfType<Option<bool>>().Select(flag => flag.Name).FirstOrDefault(flag => args.Any(arg =>
            arg.StartsWith($"{flag}=", StringComparison.Ordinal) && !bool.TryParse(arg.AsSpan(flag.Length + 1), out _)));

    private static int Refuse(Surroundings surroundings, string message)
    {
        surroundings.Error.WriteLine(OneLine.Of(message));
        return ExitCode.Usage;
    }
}
