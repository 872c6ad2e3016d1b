using System.Text.RegularExpressions;

namespace Unarr.Guides;

/// <summary>The programs and commands of a guide, in their order.</summary>
internal sealed partial class Guide(string markdown)
{
    public string[] Programs { get; } = [.. Blocks(markdown, "csharp")];

    public string[] Commands { get; } = [.. Blocks(markdown, "sh")];

    private static IEnumerable<string> Blocks(string markdown, string language) => Block().Matches(markdown)
        .Where(block => block.Groups["language"].Value == language)
        .Select(block => block.Groups["text"].Value);

    [GeneratedRegex("^```(?<language>\\w+)\n(?<text>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();
}
