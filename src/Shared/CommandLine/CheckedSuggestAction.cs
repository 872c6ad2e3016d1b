using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Invocation;
using System.Globalization;

namespace Unarr.CommandLine;

/// <summary>What <c>[suggest:POSITION]</c> does, for a position that is one.</summary>
internal sealed class CheckedSuggestAction(SuggestDirective directive, SynchronousCommandLineAction suggest) : SynchronousCommandLineAction
{
    private static SuggestDirective Directive()
    {
        var directive = new SuggestDirective();
        directive.Action = new CheckedSuggestAction(directive, (SynchronousCommandLineAction)directive.Action!);
        return directive;
    }

    /// <summary>Makes the scripts' question the root's one directive: nothing else in brackets is more than an argument.</summary>
    public static void AddTo(RootCommand root)
    {
        root.Directives.Clear();
        root.Add(Directive());
    }

    /// <exception cref="UsageException">The position is no number.</exception>
    public override int Invoke(ParseResult parseResult) =>
        parseResult.GetResult(directive) is { Values: [string position, ..] }
            && !int.TryParse(position, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? throw new UsageException($"'{position}' is not a position to complete at.")
            : suggest.Invoke(parseResult);
}
