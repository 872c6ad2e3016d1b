using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Xunit;

namespace Unarr.Pipelines.Tests.Documentation;

/// <summary>Every C# example in the documents and in the API's documentation compiles.</summary>
public sealed partial class ExampleTests
{
    /// <summary>What a new project has: one of the web has all of these.</summary>
    internal const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Net.Http.Json;
        global using System.Threading;
        global using System.Threading.Tasks;
        global using Microsoft.AspNetCore.Builder;
        global using Microsoft.AspNetCore.Http;
        global using Microsoft.AspNetCore.Routing;
        global using Microsoft.Extensions.Configuration;
        global using Microsoft.Extensions.DependencyInjection;
        global using Microsoft.Extensions.Hosting;
        global using Microsoft.Extensions.Logging;
        """;

    // What the short examples of the API's documentation take as given.
    private const string Around = """
        using System.Text;
        using System.Text.Json;
        using Unarr.Agents.Downlink;
        using Unarr.Agents.Hub;
        using Unarr.Agents.Protocol;
        using Unarr.Pipelines.AspNetCore;
        using Unarr.Pipelines.Sse;
        static class Example
        {
            static async Task RunAsync(Stream stream, string key, byte[] data, DownlinkHandler handler, AgentHub hub,
                CancellationToken cancellationToken, CancellationToken stoppingToken)
            {
                await Task.Yield();
                EXAMPLE
            }
        }
        """;

    internal static readonly MetadataReference[] References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    public static TheoryData<string, int> Documents()
    {
        var examples = new TheoryData<string, int>();
        foreach (string path in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "docs"), "*.md").Order(
            StringComparer.Ordinal))
        {
            int count = CSharpBlock().Count(File.ReadAllText(path));
            for (int index = 0; index < count; index++)
            {
                examples.Add(Path.GetFileName(path), index);
            }
        }

        return examples;
    }

    public static TheoryData<string> Members()
    {
        string[] packages =
        [
            "Unarr.Pipelines", "Unarr.Pipelines.AspNetCore", "Unarr.Pipelines.DependencyInjection",
            "Unarr.Agents.Protocol", "Unarr.Agents.Downlink",
            "Unarr.Agents.Downlink.Hosting",
        ];
        return [.. from package in packages.Append("Unarr.Agents.Hub")
            from code in XDocument.Load(Path.Combine(AppContext.BaseDirectory, $"{package}.xml")).Descendants("code")
            select Dedent(code.Value)];
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Example_in_a_document_compiles(string document, int index)
    {
        string text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", document));
        Compile(CSharpBlock().Matches(text)[index].Groups["code"].Value, OutputKind.ConsoleApplication);
    }

    [Theory]
    [MemberData(nameof(Members))]
    public void Example_in_the_api_documentation_compiles(string code) =>
        Compile(Around.Replace("EXAMPLE", code, StringComparison.Ordinal), OutputKind.DynamicallyLinkedLibrary);

    [Fact]
    public void Examples_are_found()
    {
        Assert.True(Documents().Count >= 2);
        Assert.True(Members().Count >= 3);
    }

    /// <summary>Compiles a program, and returns its entry point.</summary>
    internal static MethodInfo Load(string code)
    {
        using var image = new MemoryStream();
        Assert.True(Compilation(code, OutputKind.ConsoleApplication).Emit(image).Success);
        return Assembly.Load(image.ToArray()).EntryPoint!;
    }

    private static void Compile(string code, OutputKind kind) =>
        Assert.Empty(Compilation(code, kind).GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));

    private static Compilation Compilation(string code, OutputKind kind)
    {
        var parse = new CSharpParseOptions(LanguageVersion.Latest);
        var compilation = CSharpCompilation.Create(
            "Example",
            [CSharpSyntaxTree.ParseText(Usings, parse), CSharpSyntaxTree.ParseText(code, parse)],
            References,
            new CSharpCompilationOptions(kind, nullableContextOptions: NullableContextOptions.Enable));
        Generator().RunGeneratorsAndUpdateCompilation(compilation, out Compilation generated, out _);
        return generated;
    }

    /// <summary>What makes the contracts of an example's own JSON context.</summary>
    internal static CSharpGeneratorDriver Generator() => CSharpGeneratorDriver.Create(
        new AnalyzerFileReference(
            Path.Combine(AppContext.BaseDirectory, "generators", "System.Text.Json.SourceGeneration.dll"), new GeneratorLoader())
        .GetGenerators(LanguageNames.CSharp));

    private static string Dedent(string code) => string.Join('\n', code.Split('\n').Select(line => line.Trim()));

    [GeneratedRegex("^```csharp\n(?<code>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex CSharpBlock();
}
