using System.Globalization;
using Xunit;

namespace Unarr.Architecture.Tests;

/// <summary>Lines are at most as long as <c>.editorconfig</c> says.</summary>
public class LineLengthTests
{
    private const string Key = "max_line_length = ";

    private static readonly string[] CodeFolders = ["src", "tests", "fuzz", "bench", "samples"];

    private static readonly string[] ProseFolders = ["docs", "fuzz", "tests"];

    private static readonly int Longest = File.ReadLines(Path.Combine(Repository.Root, ".editorconfig"))
        .Where(line => line.StartsWith(Key, StringComparison.Ordinal))
        .Select(line => int.Parse(line[Key.Length..], CultureInfo.InvariantCulture))
        .Single();

    [Fact]
    public void Line_of_code_is_no_longer_than_the_bound()
    {
        string[] files = [.. CodeFolders.SelectMany(folder => Repository.Files(folder, "*.cs"))];
        Assert.True(files.Length > 500, $"Only {files.Length} files were found.");
        AssertShort(files.SelectMany(file => Numbered(file)));
    }

    /// <summary>Tables and code cannot be wrapped, and neither can a line of one word, such as an address.</summary>
    [Fact]
    public void Line_of_prose_is_no_longer_than_the_bound()
    {
        string[] files =
        [
            .. Directory.EnumerateFiles(Repository.Root, "*.md"),
            .. ProseFolders.SelectMany(folder => Repository.Files(folder, "*.md")),
        ];
        Assert.True(files.Length > 10, $"Only {files.Length} files were found.");
        AssertShort(files.SelectMany(Prose));
    }

    private static void AssertShort(IEnumerable<(string Place, string Line)> lines)
    {
        string[] violations = [.. lines.Where(line => line.Line.Length > Longest).Select(line => $"\n{line.Place}: {line.Line.Length}")];
        Assert.True(
            violations.Length == 0,
            $"{violations.Length} lines are longer than {Longest} characters:{string.Concat(violations)}");
    }

    private static IEnumerable<(string Place, string Line)> Prose(string file)
    {
        bool isCode = false;
        foreach ((string place, string line) in Numbered(file))
        {
            bool isFence = line.TrimStart().StartsWith("```", StringComparison.Ordinal);
            isCode ^= isFence;
            if (!isCode && !isFence && !line.TrimStart().StartsWith('|') && line.TrimStart().Contains(' ', StringComparison.Ordinal))
            {
                yield return (place, line);
            }
        }
    }

    private static IEnumerable<(string Place, string Line)> Numbered(string file) => File.ReadLines(file)
        .Select((line, index) => ($"{Path.GetRelativePath(Repository.Root, file)}:{index + 1}", line));
}
