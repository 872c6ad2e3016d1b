using System.Reflection;
using Microsoft.CodeAnalysis;

namespace Unarr.Pipelines.Tests.Documentation;

/// <summary>Loads a source generator from the file that it is in.</summary>
internal sealed class GeneratorLoader : IAnalyzerAssemblyLoader
{
    public void AddDependencyLocation(string fullPath)
    {
        // The generator needs nothing but the compiler.
    }

    public Assembly LoadFromPath(string fullPath) => Assembly.LoadFrom(fullPath);
}
