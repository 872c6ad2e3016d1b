using System.Text.RegularExpressions;
using Unarr.EndToEnd.Tests.Documents;

namespace Unarr.EndToEnd.Tests.Packaging;

/// <summary>A program of a document, as it is there, next to others in one project.</summary>
internal static partial class Scenario
{
    /// <summary>The n-th C# program of a document.</summary>
    public static string Program(string document, int index) =>
        CSharp().Matches(DocumentCommands.Documents[document])[index].Groups["code"].Value;

    /// <summary>Makes a file of a program: its statements are <c>Scenario.RunAsync</c>, in a namespace that has its types too. Its JSON
    /// context gets a name of its own, which the generator of contexts needs.</summary>
    public static string InNamespace(string name, string program)
    {
        foreach (string context in Context().Matches(program).Select(match => match.Groups["name"].Value))
        {
            program = Regex.Replace(program, $@"\b{context}\b", $"{name}{context}");
        }

        string[] lines = program.Split('\n');
        int usings = Array.FindIndex(lines, line => line.Length > 0 && !Using().IsMatch(line));
        int types = Array.FindIndex(lines, line => Type().IsMatch(line));
        types = types < 0 ? lines.Length : types;
        string end = lines[..types].Last(line => line.Length > 0).StartsWith("return ", StringComparison.Ordinal) ? "" : "return 0;";
        return $$"""
            {{string.Join('\n', lines[..usings])}}
            namespace {{name}};

            static class Scenario
            {
                public static async Task<int> RunAsync(string[] args)
                {
                    await Task.CompletedTask;
            {{string.Join('\n', lines[usings..types])}}
                    {{end}}
                }
            }

            {{string.Join('\n', lines[types..])}}
            """;
    }

    [GeneratedRegex("^```csharp\n(?<code>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex CSharp();

    [GeneratedRegex(@"class (?<name>\w+) : (\w+\.)*JsonSerializerContext")]
    private static partial Regex Context();

    [GeneratedRegex(@"^using [\w.]+;")]
    private static partial Regex Using();

    [GeneratedRegex(@"^(\[|((public|internal|sealed|abstract|static|partial) )*(class|record|struct|interface) )")]
    private static partial Regex Type();
}
