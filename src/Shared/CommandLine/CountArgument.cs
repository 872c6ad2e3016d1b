using System.CommandLine;
using System.Globalization;

namespace Unarr.CommandLine;

/// <summary>A whole number on a command line.</summary>
internal static class CountArgument
{
    public const string HelpName = "N";

    /// <summary>An option that takes a number between two bounds, both allowed; <see langword="null"/> when it is not given.</summary>
    public static Option<int?> Option(string name, string description, int @default, int minimum, int maximum) =>
        Option(name, description, @default.ToString(CultureInfo.InvariantCulture), minimum, maximum);

    /// <summary>The same, with a default that the help describes in words.</summary>
    public static Option<int?> Option(string name, string description, string @default, int minimum, int maximum) => new(name)
    {
        Description = $"{description} [default: {@default}]",
        HelpName = HelpName,
        CustomParser = result =>
        {
            string text = result.Tokens.Count == 0 ? "" : result.Tokens[0].Value;
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) || count < minimum || count > maximum)
            {
                result.AddError(
                    string.Create(CultureInfo.InvariantCulture, $"{name}: '{text}' is not a number between {minimum} and {maximum}."));
            }

            return count;
        },
    };
}
