using System.Diagnostics;
using Xunit;

namespace Unarr.Pipelines.Tests;

/// <summary>What a test needs whose subject allocates nothing in a release build only.</summary>
internal static class OptimizedBuild
{
    /// <summary>Skips the test in a debug build, where the state of an async method is a class.</summary>
    [Conditional("DEBUG")]
    public static void IsNeeded() => Skip.If(true, "It needs a release build.");
}
