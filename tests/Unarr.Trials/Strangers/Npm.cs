using System.Diagnostics;
using System.Globalization;

namespace Unarr.EndToEnd.Tests.Strangers;

/// <summary>Node.js with the programs of npm that <c>tests/Strangers/Npm</c> pins.</summary>
internal static class Npm
{
    private const string Program = "node";
    private const int LeastVersion = 20;

    private static readonly string Folder = Find();

    /// <summary>Skips the test where there is no Node.js that runs them, or where they were not installed; in CI they have to be.</summary>
    public static void IsNeeded()
    {
        Needs.Program(Program);
        Skip.If(Version() < LeastVersion, $"It needs Node.js {LeastVersion}.");
        bool isInstalled = Directory.Exists(Path.Combine(Folder, "node_modules"));
        Skip.If(!isInstalled && Environment.GetEnvironmentVariable("CI") != "true",
            "It needs 'npm ci --prefix tests/Strangers/Npm --ignore-scripts'.");
    }

    /// <summary>Starts a script of the folder.</summary>
    public static Process Start(string script, params IEnumerable<string> arguments) => Process.Start(
        new ProcessStartInfo(Needs.PathOf(Program), [Path.Combine(Folder, script), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;

    private static int Version()
    {
        using Process node = Process.Start(
            new ProcessStartInfo(Needs.PathOf(Program), ["--version"]) { RedirectStandardOutput = true })!;
        string version = node.StandardOutput.ReadToEnd();
        node.WaitForExit();
        return int.Parse(version.AsSpan(1, version.IndexOf('.', StringComparison.Ordinal) - 1), CultureInfo.InvariantCulture);
    }

    private static string Find()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Unarr.Pipelines.sln")))
        {
            folder = folder.Parent;
        }

        return Path.Combine((folder ?? throw new InvalidOperationException("There is no repository.")).FullName, "tests/Strangers/Npm");
    }
}
