using System.CommandLine;
using System.CommandLine.Parsing;

namespace Unarr.Agent.Arguments;

/// <summary>A path, a name or a command: any text but none, and none that the system would cut short.</summary>
internal static class TextArgument
{
    /// <summary>An option that takes the text as it is; <see langword="null"/> when it is not given.</summary>
    public static Option<string?> Option(string name, string helpName, string description) => new(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = result => Checked(name, result, result.Tokens[0].Value),
    };

    /// <summary>An option that takes the text without the white space around it.</summary>
    public static Option<string?> Trimmed(string name, string helpName, string description) => new(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = result => Checked(name, result, result.Tokens[0].Value.Trim()),
    };

    private static string Checked(string name, ArgumentResult result, string text)
    {
        if (text.Length == 0)
        {
            result.AddError($"{name}: it must not be empty.");
        }
        else if (text.Contains('\0'))
        {
            // No argument can hold one, but the configuration file can.
            result.AddError($"{name}: it must not hold U+0000.");
        }

        return text;
    }
}
