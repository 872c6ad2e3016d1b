extern alias FuzzTests;
extern alias PipelinesTests;

using System.Reflection;
using System.Text.RegularExpressions;
using Xunit.Sdk;

namespace Unarr.EndToEnd.Tests.Hostile;

/// <summary>SECURITY.md's table: threat, defence, test.</summary>
public partial class ThreatTableTests
{
    private static readonly string Repository = Above(AppContext.BaseDirectory, "Unarr.Pipelines.sln");

    private static readonly Type[] TestClasses = [.. new[]
    {
        typeof(ThreatTableTests).Assembly,
        typeof(RecoveryTests).Assembly,
        typeof(PipelinesTests::Unarr.Pipelines.Tests.Documentation.ExampleTests).Assembly,
        typeof(FuzzTests::Unarr.Pipelines.Fuzz.FramerProperties).Assembly,
    }.SelectMany(assembly => assembly.GetTypes()).Where(type => type is { IsPublic: true, IsAbstract: false })];

    [Fact]
    public async Task Every_threat_names_a_test_and_every_named_test_is_run()
    {
        string[] lines = await File.ReadAllLinesAsync(Path.Combine(Repository, "SECURITY.md"));
        string[] rows = [.. lines.Where(line => line.StartsWith('|')).Skip(2)];
        Assert.NotEmpty(rows);
        foreach (string row in rows)
        {
            string[] cells = row.Trim('|').Split(" | ");
            Assert.True(cells.Length == 3, row);
            MatchCollection tests = Test().Matches(cells[2]);
            Assert.True(tests.Count > 0, $"No test is named: {row}");
            Assert.All(tests, test => Assert.Null(WhyNotRun(Running(test.Groups["class"].Value), test.Groups["method"].Value)));
        }
    }

    [Theory]
    [InlineData(nameof(NamedClass.Fact), null)]
    [InlineData(nameof(NamedClass.Cases), null)]
    [InlineData("It_is_in_a_comment", "There is no test")]
    [InlineData(nameof(NamedClass.Plain), "There is no test")]
    [InlineData(nameof(NamedClass.Skipped), "is skipped")]
    [InlineData(nameof(NamedClass.SkippedCases), "is skipped")]
    [InlineData(nameof(NamedClass.NoCases), "has no cases")]
    public void Name_that_is_not_that_of_a_test_which_runs_is_seen(string method, string? why)
    {
        string? found = WhyNotRun([typeof(NamedClass)], method);
        Assert.Equal(why is null, found is null);
        Assert.Contains(why ?? "", found ?? "", StringComparison.Ordinal);
    }

    /// <summary>The classes that run the tests of the named one: itself, or those derived from it.</summary>
    private static IEnumerable<Type> Running(string name) =>
        TestClasses.Where(type => type.Name == name || (type.BaseType is { IsAbstract: true } basis && basis.Name == name));

    /// <summary>Why a test is not run as it is named; <see langword="null"/> when it is.</summary>
    private static string? WhyNotRun(IEnumerable<Type> classes, string name)
    {
        MethodInfo? method = classes.Select(type => type.GetMethod(name))
            .FirstOrDefault(found => found?.GetCustomAttribute<FactAttribute>() is not null);
        if (method is null)
        {
            return $"There is no test {name}.";
        }

        FactAttribute fact = method.GetCustomAttribute<FactAttribute>()!;
        DataAttribute[] data = [.. method.GetCustomAttributes<DataAttribute>()];
        return fact.Skip is not null || (data.Length > 0 && data.All(cases => cases.Skip is not null)) ? $"{name} is skipped."
            : fact is TheoryAttribute && data.Length == 0 ? $"{name} has no cases."
            : null;
    }

    private static string Above(string folder, string file) =>
        File.Exists(Path.Combine(folder, file)) ? folder
            : Above(Path.GetDirectoryName(folder) ?? throw new FileNotFoundException(file), file);

    [GeneratedRegex(@"`(?<class>\w+)\.(?<method>\w+)`")]
    private static partial Regex Test();

#pragma warning disable xUnit1000, xUnit1003, xUnit1004 // What a test must not be.
    private sealed class NamedClass
    {
        [Fact]
        public void Fact() => Assert.True(true);

        [Theory]
        [InlineData(1)]
        public void Cases(int one) => Assert.Equal(1, one);

        // It_is_in_a_comment()
        public static void Plain() => Assert.Fail();

        [Fact(Skip = "later")]
        public void Skipped() => Assert.Fail();

        [Theory]
        [InlineData(1, Skip = "later")]
        public void SkippedCases(int one) => Assert.Equal(1, one);

        [Theory]
        public void NoCases(int one) => Assert.Equal(1, one);
    }
#pragma warning restore xUnit1000, xUnit1003, xUnit1004
}
