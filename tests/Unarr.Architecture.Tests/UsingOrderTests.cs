using Xunit;

namespace Unarr.Architecture.Tests;

/// <summary>
/// Using directives stand in the order that <c>dotnet format</c> gives them: namespaces, those of System first, then static ones, then
/// aliases. The build cannot check it, and <c>dotnet format style</c> runs every analyzer for it.
/// </summary>
public class UsingOrderTests
{
    private static readonly string[] Folders = ["src", "tests", "fuzz", "bench", "samples"];

    [Fact]
    public void Using_directives_are_in_order()
    {
        string[] files = [.. Folders.SelectMany(folder => Repository.Files(folder, "*.cs"))];
        Assert.True(files.Length > 500, $"Only {files.Length} files were found.");
        string[] violations = [.. files.Where(file => !IsInOrder(Directives(file)))
            .Select(file => $"\n{Path.GetRelativePath(Repository.Root, file)}")];
        Assert.True(violations.Length == 0, $"Using directives are out of order:{string.Concat(violations)}");
    }

    [Theory]
    [InlineData(true, "using System.Text;", "using System.Text.Json;", "using Microsoft.Extensions;", "using Xunit;", "using A = B;")]
    [InlineData(true, "using Unarr.Pipelines;", "using static Unarr.A;", "using A = System.B;")]
    [InlineData(false, "using System.Text;", "using System.Buffers;")]
    [InlineData(false, "using Xunit;", "using System;")]
    [InlineData(false, "using static Unarr.A;", "using Unarr.Pipelines;")]
    public void Order_is_that_of_the_formatter(bool isInOrder, params string[] directives) =>
        Assert.Equal(isInOrder, IsInOrder(directives));

    private static bool IsInOrder(string[] directives) => directives.SequenceEqual(directives.Order(Comparer<string>.Create(Compare)));

    private static string[] Directives(string file) =>
    [
        .. File.ReadLines(file)
            .TakeWhile(line => line.Length == 0 || line.StartsWith("using ", StringComparison.Ordinal)
                || line.StartsWith("//", StringComparison.Ordinal) || line.StartsWith("extern ", StringComparison.Ordinal))
            .Where(line => line.StartsWith("using ", StringComparison.Ordinal) && line.EndsWith(';')),
    ];

    private static int Compare(string left, string right)
    {
        int byKind = Kind(left).CompareTo(Kind(right));
        return byKind != 0 ? byKind : CompareNames(Name(left), Name(right));
    }

    private static int CompareNames(string[] left, string[] right)
    {
        int bySegment = left.Zip(right, (one, other) => string.Compare(one, other, StringComparison.OrdinalIgnoreCase))
            .FirstOrDefault(order => order != 0);
        return bySegment != 0 ? bySegment : left.Length.CompareTo(right.Length);
    }

    private static int Kind(string directive) =>
        directive.Contains('=', StringComparison.Ordinal) ? 3
        : directive.StartsWith("using static ", StringComparison.Ordinal) ? 2
        : Name(directive)[0] == "System" ? 0
        : 1;

    private static string[] Name(string directive) => directive["using ".Length..^1].Split('.', '=');
}
