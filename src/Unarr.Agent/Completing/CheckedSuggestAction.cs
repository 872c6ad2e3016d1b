using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Invocation;
using System.Globalization;
using Unarr.CommandLine;

namespace Unarr.Agent.Completing;

/// <summary>What <c>[suggest:POSITION]</c> does, for a position that is one.</summary>
internal sealed class CheckedSuggestAction(SuggestDirective directive, SynchronousCommandLineAction suggest) : SynchronousCommandLineAction
{
    public static SuggestDirective Directive()
    {
        var directive = new SuggestDirective();
        directive.Action = new CheckedSuggestAction(directive, (SynchronousCommandLineAction)directive.Action!);
        return directive;
    }

    /// <exception cref="UsageException">The position is no number.</exception>
    public override int Invoke(ParseResult parseResult) =>
        parseResult.GetResult(directive) is { Values: [string position, ..] }
            && !int.TryParse(position, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? throw new UsageException($"'{position}' is not a position to complete at.")
            : suggest.Invoke(parseResult);
}
