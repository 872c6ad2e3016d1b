using System.CommandLine;
using System.Globalization;

namespace Unarr.CommandLine;

/// <summary>A size in bytes on a command line or in a configuration file: <c>262144</c>, <c>256KiB</c>, <c>1MiB</c>.</summary>
internal static class SizeArgument
{
    public const string Expected = "a size such as 262144, 256KiB or 1MiB";

    private static readonly (string Suffix, int Unit)[] Units = [("KiB", 1024), ("MiB", 1024 * 1024), ("", 1)];

    public static bool TryParse(ReadOnlySpan<char> text, out int bytes)
    {
        bytes = 0;
        foreach ((string suffix, int unit) in Units)
        {
            if (!text.EndsWith(suffix, StringComparison.Ordinal))
            {
                continue;
            }

            if (!int.TryParse(text[..^suffix.Length], NumberStyles.None, CultureInfo.InvariantCulture, out int count)
                || count > int.MaxValue / unit)
            {
                return false;
            }

            bytes = count * unit;
            return true;
        }

        return false;
    }

    /// <summary>The shortest text that <see cref="TryParse"/> reads back as the same size.</summary>
    public static string Format(int bytes)
    {
        (int count, string suffix) = bytes switch
        {
            0 => (0, ""),
            _ when bytes % (1024 * 1024) == 0 => (bytes / (1024 * 1024), "MiB"),
            _ when bytes % 1024 == 0 => (bytes / 1024, "KiB"),
            _ => (bytes, ""),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{count}{suffix}");
    }

    /// <summary>An option that takes a size between two bounds, both allowed; <see langword="null"/> when it is not given.</summary>
    public static Option<int?> Option(string name, string description, int @default, int minimum, int maximum) => new(name)
    {
        Description = $"{description} [default: {Format(@default)}]",
        HelpName = "SIZE",
        CustomParser = result =>
        {
            string text = result.Tokens.Count == 0 ? "" : result.Tokens[0].Value;
            if (!TryParse(text, out int bytes))
            {
                result.AddError($"{name}: '{text}' is not {Expected}.");
            }
            else if (bytes < minimum || bytes > maximum)
            {
                result.AddError($"{name}: {text} is not between {Format(minimum)} and {Format(maximum)}.");
            }

            return bytes;
        },
    };
}
