using System.CommandLine;
using System.CommandLine.Parsing;

namespace Unarr.CommandLine;

/// <summary>The values of options from several places, of which an earlier one wins; what none has is the option's default.</summary>
/// <param name="arguments">The command line.</param>
/// <param name="others">The other places, in the order in which they win; <see langword="null"/> for one that is not there.</param>
internal sealed class LayeredOptions(ParseResult arguments, params ParseResult?[] others)
{
    public T Get<T>(Option<T> option) => LayerOf(option).GetValue(option)!;

    /// <summary>Whether any place has a value of the option.</summary>
    public bool Has(Option option) => IsGiven(LayerOf(option), option);

    private ParseResult LayerOf(Option option) => IsGiven(arguments, option)
        ? arguments : Array.Find(others, layer => layer is not null && IsGiven(layer, option)) ?? arguments;

    private static bool IsGiven(ParseResult result, Option option) => result.GetResult(option) is OptionResult { Implicit: false };
}
