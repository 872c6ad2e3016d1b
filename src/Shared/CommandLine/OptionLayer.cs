using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Tomlyn.Model;

namespace Unarr.CommandLine;

/// <summary>Values of options that are not arguments: the environment's variables, or a configuration file's keys.
/// The options themselves parse them, so that all three mean the same.</summary>
internal static class OptionLayer
{
    private const string VariablePrefix = "UNARR_";

    /// <summary>The option's key in a configuration file: <c>--sync-interval</c> is <c>sync_interval</c>.</summary>
    public static string KeyOf(Option option) => option.Name.TrimStart('-').Replace('-', '_');

    /// <summary>The option's variable in the environment: <c>--sync-interval</c> is <c>UNARR_SYNC_INTERVAL</c>.</summary>
    public static string VariableOf(Option option) => VariablePrefix + KeyOf(option).ToUpperInvariant();

    /// <summary>Reads the environment's variables of the options; one that is empty counts as not set.</summary>
    /// <exception cref="UsageException">A variable has a value that its option cannot have.</exception>
    public static ParseResult OfEnvironment(IReadOnlyList<Option> options, Func<string, string?> environment)
    {
        List<string> tokens = [];
        foreach (Option option in options)
        {
            if (environment(VariableOf(option)) is { Length: > 0 } text)
            {
                if (ValueType(option) == typeof(bool) && FlagOf(text) is null)
                {
                    throw new UsageException($"{VariableOf(option)} must be {Expected(option)}.");
                }

                tokens.AddRange(TextsOf(option, text).Select(value => $"{option.Name}={value}"));
            }
        }

        return Parse(options, tokens, static (option, reason) => new UsageException($"{VariableOf(option)}: {reason}"));
    }

    /// <summary>Parses tokens of the form <c>--option=value</c>.</summary>
    /// <param name="options">The options that there are.</param>
    /// <param name="tokens">The tokens.</param>
    /// <param name="unusable">Makes the error about an option, whose name the reason leaves out.</param>
    public static ParseResult Parse(
        IReadOnlyList<Option> options, IReadOnlyList<string> tokens, Func<Option, string, UsageException> unusable)
    {
        var command = new RootCommand();
        foreach (Option option in options)
        {
            command.Add(option);
        }

        ParseResult result = command.Parse(tokens, ArgumentParsing.Configuration);
        if (result.Errors is not [{ } error, ..])
        {
            return result;
        }

        Option wrong = OptionOf(error.SymbolResult) ?? options[0];
        string prefix = $"{wrong.Name}: ";
        throw unusable(
            wrong, error.Message.StartsWith(prefix, StringComparison.Ordinal) ? error.Message[prefix.Length..] : error.Message);
    }

    /// <summary>The texts that an argument would have been given with.</summary>
    /// <param name="option">The option.</param>
    /// <param name="value">A value of a configuration file.</param>
    /// <returns><see langword="null"/> when the value's type is not one that the option can have.</returns>
    public static IEnumerable<string>? TextsOf(Option option, object? value) => (value, ValueType(option)) switch
    {
        (string text, Type type) when type != typeof(bool) && type != typeof(int) => [text],
        (string text, Type type) when type == typeof(int) && !IsCount(option) => [text],
        (long count, Type type) when type == typeof(int) => [count.ToString(CultureInfo.InvariantCulture)],
        (bool flag, Type type) when type == typeof(Toggle) => [flag ? "on" : "off"],
        (bool flag, Type type) when type == typeof(bool) => [flag ? "true" : "false"],
        (TomlArray list, Type type) when type == typeof(string[]) && list.All(static entry => entry is string) => list.Cast<string>(),
        _ => null,
    };

    /// <summary>What a value of the option must be in a configuration file.</summary>
    public static string Expected(Option option) => ValueType(option) switch
    {
        Type type when type == typeof(Toggle) => "\"on\" or \"off\"",
        _ when IsCount(option) => "a whole number",
        Type type when type == typeof(bool) => "true or false",
        Type type when type == typeof(int) => SizeArgument.Expected,
        Type type when type == typeof(TimeSpan) => $"{DurationArgument.Expected}, as a string",
        Type type when type == typeof(string[]) => "a string, or a list of strings",
        _ => "a string",
    };

    private static IEnumerable<string> TextsOf(Option option, string variable)
    {
        Type type = ValueType(option);
        if (type == typeof(string[]))
        {
            return variable.Split([' ', '\t', '\r', '\n', ','], StringSplitOptions.RemoveEmptyEntries);
        }

        bool? flag = type != typeof(bool) && type != typeof(Toggle) ? null : FlagOf(variable);
        return flag is { } value ? TextsOf(option, (object)value)! : [variable];
    }

    private static bool? FlagOf(string variable) => variable.Trim().ToUpperInvariant() switch
    {
        "1" or "TRUE" or "ON" or "YES" => true,
        "0" or "FALSE" or "OFF" or "NO" => false,
        _ => null,
    };

    private static bool IsCount(Option option) => option.HelpName == CountArgument.HelpName;

    private static Type ValueType(Option option) => Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;

    private static Option? OptionOf(SymbolResult? result) => result switch
    {
        OptionResult option => option.Option,
        ArgumentResult { Parent: OptionResult option } => option.Option,
        _ => null,
    };
}
