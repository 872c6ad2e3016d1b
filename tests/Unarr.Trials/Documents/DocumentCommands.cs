using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Unarr.EndToEnd.Tests.Packaging;

namespace Unarr.EndToEnd.Tests.Documents;

/// <summary>The commands in the documents of this repository.</summary>
internal static partial class DocumentCommands
{
    private static readonly string[] NotWritten = ["bin", "obj", "node_modules", "artifacts", "BenchmarkDotNet.Artifacts"];

    /// <summary>The documents, by their paths in the repository. The changelog and the notices tell nobody to run anything.</summary>
    public static IReadOnlyDictionary<string, string> Documents { get; } = Directory
        .EnumerateFiles(Dotnet.Repository, "*.md", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(Dotnet.Repository, file))
        .Where(file => file != "CHANGELOG.md" && !file.Split('/').Any(part => NotWritten.Contains(part)))
        .ToDictionary(file => file, file => File.ReadAllText(Path.Combine(Dotnet.Repository, file)));

    public static IReadOnlyList<ShellBlock> Blocks { get; } =
        [.. Documents.OrderBy(document => document.Key, StringComparer.Ordinal)
            .SelectMany(document => BlocksOf(document.Key, document.Value))];

    /// <summary>Commands in sentences, with their document: those that can be typed as they are.</summary>
    public static IReadOnlyList<(string Document, string Command)> Inline { get; } =
        [.. Documents.SelectMany(document => InlineOf(document.Key, document.Value)).Distinct()];

    /// <summary>The blocks that a test says it runs, in the order of its attributes.</summary>
    public static ShellBlock[] Of(Type type, string test) =>
        [.. type.GetMethod(test)!.GetCustomAttributes<RunsAttribute>().Select(Find)];

    public static ShellBlock Find(RunsAttribute runs) => Blocks.Single(
        block => block.Document == runs.Document && block.Heading == runs.Heading && block.Index == runs.Block);

    /// <summary>The shell blocks of a text: those of a shell, and those of no language.</summary>
    public static IEnumerable<ShellBlock> BlocksOf(string document, string text)
    {
        string heading = "";
        Dictionary<string, int> counts = [];
        string[] lines = text.Split('\n');
        for (int at = 0; at < lines.Length; at++)
        {
            if (lines[at].StartsWith('#'))
            {
                heading = lines[at].TrimStart('#').Trim();
            }
            else if (Fence().Match(lines[at]) is { Success: true } fence)
            {
                int end = Array.FindIndex(lines, at + 1, line => line.Trim() == "```");
                int indent = fence.Groups["indent"].Length;
                if (fence.Groups["language"].Value is "" or "sh" or "bash" or "console" or "shell")
                {
                    int index = counts.GetValueOrDefault(heading);
                    counts[heading] = index + 1;
                    yield return new ShellBlock(
                        document, heading, index, CommandsOf(lines[(at + 1)..end].Select(line => line[Math.Min(indent, line.Length)..])));
                }

                at = end;
            }
        }
    }

    /// <summary>Puts lines together that are one command: those that go on, and those of a document in the script.</summary>
    public static IReadOnlyList<string> CommandsOf(IEnumerable<string> lines)
    {
        List<string> commands = [];
        StringBuilder command = new();
        string? until = null;
        foreach (string line in lines)
        {
            command.Append(command.Length > 0 ? "\n" : "").Append(line);
            until ??= HereDocument().Match(line) is { Success: true } here ? here.Groups["end"].Value : null;
            bool goesOn = until is not null ? line != until : GoesOn().IsMatch(line);
            if (!goesOn)
            {
                commands.Add(command.ToString());
                command.Clear();
                until = null;
            }
        }

        return command.Length == 0 ? commands : [.. commands, command.ToString()];
    }

    /// <summary>A command without what explains it, each run of blanks as one.</summary>
    public static string Plain(string command) => Blanks().Replace(Comment().Replace(command, ""), " ").Trim();

    private static IEnumerable<(string Document, string Command)> InlineOf(string document, string text) => Code()
        .Matches(Block().Replace(text, ""))
        .Select(code => Blanks().Replace(code.Groups["code"].Value, " "))
        .Where(code => Typed().IsMatch(code) && !Placeholder().IsMatch(code))
        .Select(code => (document, code));

    [GeneratedRegex("^(?<indent> *)```(?<language>[^\\s`]*)$")]
    private static partial Regex Fence();

    [GeneratedRegex("<<'?(?<end>\\w+)'?")]
    private static partial Regex HereDocument();

    [GeneratedRegex(@"(\\|&&|\|)\s*$")]
    private static partial Regex GoesOn();

    [GeneratedRegex(@"\s+# .*$|\s+#$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"(\s|\\\n)+")]
    private static partial Regex Blanks();

    [GeneratedRegex("^ *```.*?^ *```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex("(?<!`)`(?<code>[^`]+)`(?!`)")]
    private static partial Regex Code();

    // A program with arguments; a program alone is a name.
    [GeneratedRegex(@"^([A-Z_]+=\S+ )*(source|cd|dotnet|npm|node|curl|openssl|apt|apt-get|docker|podman|install|kill|nats|sqlite3|systemctl"
        + @"|systemd-analyze|journalctl|unarr-agent|unarr-controlplane|\./?\w[\w./-]*|(tests|fuzz|src|packaging)/\S+\.sh) ")]
    private static partial Regex Typed();

    // `read URL` and `docker load` are the names of commands.
    [GeneratedRegex(@"^\S+ [a-z-]+$|(?<![\w$""{-])[A-Z]{2,}(?![\w=])|…|\[|\|\w+\|")]
    private static partial Regex Placeholder();
}
