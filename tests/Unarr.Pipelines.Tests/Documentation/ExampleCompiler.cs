using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using Xunit;

namespace Unarr.Pipelines.Tests.Documentation;

/// <summary>Makes a program of an example.</summary>
internal static class ExampleCompiler
{
    /// <summary>Compiles an example to a file, whose name is the assembly's.</summary>
    public static void CompileTo(string file, string code)
    {
        var parse = new CSharpParseOptions(LanguageVersion.Latest);
        var compilation = CSharpCompilation.Create(
            Path.GetFileNameWithoutExtension(file),
            [CSharpSyntaxTree.ParseText(ExampleTests.Usings, parse), CSharpSyntaxTree.ParseText(code, parse)],
            ExampleTests.References,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        ExampleTests.Generator().RunGeneratorsAndUpdateCompilation(compilation, out Compilation generated, out _);
        EmitResult emitted = generated.Emit(file);
        Assert.Empty(emitted.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
    }
}
