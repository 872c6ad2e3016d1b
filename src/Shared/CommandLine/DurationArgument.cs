using System.CommandLine;
using System.Globalization;

namespace Unarr.CommandLine;

/// <summary>A duration on a command line or in a configuration file: <c>500ms</c>, <c>40s</c>, <c>5m</c>, <c>1h</c>.</summary>
internal static class DurationArgument
{
    public const string Expected = "a duration such as 500ms, 40s, 5m or 1h";

    // "ms" stands before "m" and "s": the first suffix that fits is the unit.
    private static readonly (string Suffix, TimeSpan Unit)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)),
        ("s", TimeSpan.FromSeconds(1)),
        ("m", TimeSpan.FromMinutes(1)),
        ("h", TimeSpan.FromHours(1)),
    ];

    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = default;
        foreach ((string suffix, TimeSpan unit) in Units)
        {
            if (!text.EndsWith(suffix, StringComparison.Ordinal))
            {
                continue;
            }

            if (!long.TryParse(text[..^suffix.Length], NumberStyles.None, CultureInfo.InvariantCulture, out long count)
                || count > TimeSpan.MaxValue.Ticks / unit.Ticks)
            {
                return false;
            }

            duration = count * unit;
            return true;
        }

        return false;
    }

    /// <summary>The shortest text that <see cref="TryParse"/> reads back as the same duration, to the millisecond.</summary>
    public static string Format(TimeSpan duration)
    {
        long milliseconds = duration.Ticks / TimeSpan.TicksPerMillisecond;
        (long count, string suffix) = milliseconds switch
        {
            0 => (0, "s"),
            _ when milliseconds % 3_600_000 == 0 => (milliseconds / 3_600_000, "h"),
            _ when milliseconds % 60_000 == 0 => (milliseconds / 60_000, "m"),
            _ when milliseconds % 1000 == 0 => (milliseconds / 1000, "s"),
            _ => (milliseconds, "ms"),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{count}{suffix}");
    }

    /// <summary>An option that takes a duration between two bounds, both allowed; <see langword="null"/> when it is not given.</summary>
    public static Option<TimeSpan?> Option(
        string name, string description, TimeSpan @default, TimeSpan minimum, TimeSpan maximum) => new(name)
        {
            Description = $"{description} [default: {Format(@default)}]",
            HelpName = "DURATION",
            CustomParser = result =>
            {
                string text = result.Tokens.Count == 0 ? "" : result.Tokens[0].Value;
                if (!TryParse(text, out TimeSpan duration))
                {
                    result.AddError($"{name}: '{text}' is not {Expected}.");
                }
                else if (duration < minimum || duration > maximum)
                {
                    result.AddError($"{name}: {text} is not between {Format(minimum)} and {Format(maximum)}.");
                }

                return duration;
            },
        };
}
