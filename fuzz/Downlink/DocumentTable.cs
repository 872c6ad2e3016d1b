namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>A table of a document: its rows, each a list of cells.</summary>
internal static class DocumentTable
{
    /// <summary>Returns the rows of the one table in docs/downlink.md whose header is the given one.</summary>
    public static string[][] Read(params string[] header)
    {
        string[] lines = Docs.Read("downlink.md").Split('\n');
        int start = Array.IndexOf(lines, $"| {string.Join(" | ", header)} |");
        if (start < 0)
        {
            throw new InvalidOperationException($"docs/downlink.md has no table of {string.Join(", ", header)}.");
        }

        // The line after the header separates it from the rows.
        return [.. lines.Skip(start + 2).TakeWhile(line => line.StartsWith('|')).Select(Cells)];
    }

    /// <summary>Returns the member whose name a cell has, in words.</summary>
    public static T Named<T>(string cell)
        where T : struct, Enum => Enum.Parse<T>(cell.Replace(" ", "", StringComparison.Ordinal), ignoreCase: true);

    private static string[] Cells(string line) => [.. line.Trim('|').Split('|').Select(cell => cell.Trim())];
}
