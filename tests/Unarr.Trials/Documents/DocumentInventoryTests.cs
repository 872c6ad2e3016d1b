using System.Reflection;
using System.Text.RegularExpressions;
using Unarr.EndToEnd.Tests.Packaging;

namespace Unarr.EndToEnd.Tests.Documents;

/// <summary>Each command in each document is run by a test, or by the gate, or the table says why it is not.</summary>
public sealed partial class DocumentInventoryTests
{
    private static readonly MethodInfo[] Tests =
        [.. typeof(DocumentInventoryTests).Assembly.GetTypes().SelectMany(type => type.GetMethods())
            .Where(method => method.GetCustomAttribute<FactAttribute>() is { Skip: null })];

    private static readonly RunsAttribute[] Runs = [.. Tests.SelectMany(test => test.GetCustomAttributes<RunsAttribute>())];

    private static readonly (string Document, string Command)[] RunsInline =
        [.. Tests.SelectMany(test => test.GetCustomAttributes<RunsInlineAttribute>()).Select(runs => (runs.Document, runs.Command))];

    [Fact]
    public void Every_block_is_run_by_a_test_except_for_commands_that_the_table_names()
    {
        Assert.True(DocumentCommands.Blocks.Count > 30, $"Only {DocumentCommands.Blocks.Count} blocks were found.");
        string[] missing = [.. DocumentCommands.Blocks
            .Where(block => block.Script.Length > 0 && !Runs.Any(runs => DocumentCommands.Find(runs) == block))
            .Select(block => $"\n{block}:\n{block.Script}")];
        Assert.True(missing.Length == 0, $"No test runs these, and the table does not say why:{string.Concat(missing)}");
    }

    [Fact]
    public void Every_command_in_a_sentence_is_run_by_a_test_except_for_those_that_the_table_names()
    {
        Assert.True(DocumentCommands.Inline.Count > 15, $"Only {DocumentCommands.Inline.Count} commands were found.");
        string[] missing = [.. DocumentCommands.Inline
            .Where(inline => !CommandTable.IsExcused(inline.Document, inline.Command) && !RunsInline.Contains(inline))
            .Select(inline => $"\n{inline.Document}: {inline.Command}")];
        Assert.True(missing.Length == 0, $"No test runs these, and the table does not say why:{string.Concat(missing)}");
    }

    [Fact]
    public void Test_that_names_a_block_or_a_command_finds_it_and_is_the_only_one()
    {
        Assert.Equal(Runs.Length, Runs.Select(DocumentCommands.Find).Distinct().Count());
        Assert.All(Runs, runs => Assert.NotEqual("", DocumentCommands.Find(runs).Script));
        Assert.All(RunsInline, inline => Assert.Contains(inline, DocumentCommands.Inline));
    }

    [Fact]
    public void Table_names_commands_that_are_there_and_that_no_test_runs()
    {
        (string, string)[] there =
        [
            .. DocumentCommands.Inline,
            .. DocumentCommands.Blocks.SelectMany(block => block.Commands.Select(
                command => (block.Document, DocumentCommands.Plain(command)))),
        ];
        (string, string)[] named =
            [.. CommandTable.NotRun.Select(row => (row.Document, row.Command)), .. CommandTable.RunByTheGate];
        Assert.All(named, row => Assert.Contains(row, there));
        Assert.Equal(named.Length, named.Distinct().Count());
        Assert.Empty(named.Intersect(RunsInline));
    }

    [Fact]
    public async Task Gate_has_the_commands_that_are_left_to_it()
    {
        string gate = await File.ReadAllTextAsync(Path.Combine(Dotnet.Repository, ".ci", "run"));
        Assert.All(CommandTable.RunByTheGate, row => Assert.Matches(@$"(?m)^\s*{Regex.Escape(row.Command)}(\s|$)", gate));
    }

    /// <summary>A filter that matches nothing makes a run that succeeds.</summary>
    [Fact]
    public void Filter_of_a_command_that_runs_a_part_of_the_trials_matches_tests()
    {
        string[] commands =
        [
            .. DocumentCommands.Inline.Select(inline => inline.Command),
            .. DocumentCommands.Blocks.SelectMany(block => block.Commands),
        ];
        string[] filters = [.. commands.Where(CommandTable.IsSuite).SelectMany(command => Filter().Matches(command))
            .Select(filter => filter.Groups["text"].Value)];
        Assert.True(filters.Length >= 4, $"Only {filters.Length} filters were found.");
        Assert.All(filters, filter => Assert.Contains(
            Tests, test => $"{test.DeclaringType!.FullName}.{test.Name}".Contains(filter, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("```\na\n```", 1)]
    [InlineData("```sh\na\n```", 1)]
    [InlineData("```bash\na\n```", 1)]
    [InlineData("```console\na\n```", 1)]
    [InlineData("1. x\n\n   ```\n   a\n   ```\n\n2. y", 1)]
    [InlineData("```csharp\na\n```", 0)]
    [InlineData("```text\na\n```", 0)]
    public void Block_of_a_shell_is_found(string text, int count)
    {
        ShellBlock[] blocks = [.. DocumentCommands.BlocksOf("x.md", text)];
        Assert.Equal(count, blocks.Length);
        Assert.All(blocks, block => Assert.Equal(["a"], block.Commands));
    }

    [Fact]
    public void Lines_of_one_command_are_one_command() => Assert.Equal(
        ["a \\\n  b", "c &&\n  d", "e <<'END'\nf \\\ng\nEND", "h | \n i", "j"],
        DocumentCommands.CommandsOf("a \\\n  b\nc &&\n  d\ne <<'END'\nf \\\ng\nEND\nh | \n i\nj".Split('\n')));

    [GeneratedRegex(@"FullyQualifiedName~(?<text>[\w.]+)")]
    private static partial Regex Filter();
}
