using System.Text.RegularExpressions;

namespace Unarr.EndToEnd.Tests.Hostile;

/// <summary>SECURITY.md's table: threat, defence, test.</summary>
public partial class ThreatTableTests
{
    private static readonly string Repository = Above(AppContext.BaseDirectory, "Unarr.Pipelines.sln");

    [Fact]
    public async Task Every_threat_names_a_test_and_every_named_test_exists()
    {
        string[] rows = [.. (await File.ReadAllLinesAsync(Path.Combine(Repository, "SECURITY.md"))).Where(line => line.StartsWith('|')).Skip(2)];
        Assert.NotEmpty(rows);
        foreach (string row in rows)
        {
            string[] cells = row.Trim('|').Split(" | ");
            Assert.True(cells.Length == 3, row);
            MatchCollection tests = Test().Matches(cells[2]);
            Assert.True(tests.Count > 0, $"No test is named: {row}");
            Assert.All(tests, test => Assert.True(Exists(test.Groups["class"].Value, test.Groups["method"].Value), $"There is no {test.Value}."));
        }
    }

    private static bool Exists(string type, string method) => new[] { "tests", "fuzz" }
        .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository, folder), $"{type}.cs", SearchOption.AllDirectories))
        .Any(file => File.ReadAllText(file).Contains($" {method}(", StringComparison.Ordinal));

    private static string Above(string folder, string file) =>
        File.Exists(Path.Combine(folder, file)) ? folder : Above(Path.GetDirectoryName(folder) ?? throw new FileNotFoundException(file), file);

    [GeneratedRegex(@"`(?<class>\w+)\.(?<method>\w+)`")]
    private static partial Regex Test();
}
