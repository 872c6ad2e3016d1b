using System.Text.RegularExpressions;

namespace Unarr.Pipelines.Tests.Telemetry;

/// <summary>One row of a table of metrics in a document.</summary>
/// <param name="Name">The instrument.</param>
/// <param name="Kind">Counter, gauge or histogram.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Tags">The values that each of its tags can have; none where it can have any.</param>
internal sealed partial record DocumentedMetric(string Name, string Kind, string Unit, IReadOnlyDictionary<string, string[]> Tags)
{
    /// <summary>Those of <c>docs/observability.md</c>.</summary>
    public static IReadOnlyDictionary<string, DocumentedMetric> All { get; } =
        Read("observability.md").ToDictionary(metric => metric.Name);

    /// <summary>Whether a measurement can have the tag.</summary>
    public bool Knows(KeyValuePair<string, object?> tag) => Tags.TryGetValue(tag.Key, out string[]? values) && values.Contains(tag.Value);

    /// <summary>Those of a document.</summary>
    public static IEnumerable<DocumentedMetric> Read(string document) => File
        .ReadAllLines(Path.Combine(AppContext.BaseDirectory, "docs", document))
        .Where(line => line.StartsWith("| `unarr.", StringComparison.Ordinal))
        .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
        .Select(cells => new DocumentedMetric(cells[1].Trim('`'), cells[2], cells[3].Trim('`'), TagsOf(cells[4])));

    /// <summary>"`tag`: `value`, `value` (a remark), …; `tag`: …"</summary>
    private static Dictionary<string, string[]> TagsOf(string cell) => cell
        .Split(';', StringSplitOptions.RemoveEmptyEntries)
        .Select(tag => Quoted().Matches(tag).Select(match => match.Groups[1].Value).ToArray())
        .ToDictionary(words => words[0], words => words[1..]);

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
