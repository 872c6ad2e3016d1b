using System.Diagnostics;

namespace Unarr.EndToEnd.Tests.Packaging;

/// <summary>Runs the SDK's command line as somebody does who is not in this test.</summary>
internal static class Dotnet
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public static string Repository { get; } = Above(AppContext.BaseDirectory, "Unarr.Pipelines.sln");

    /// <summary>NuGet's own cache on this machine, which has what the packages depend on.</summary>
    public static string Cache { get; } = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    public static Task<string> RunAsync(string folder, params IEnumerable<string> arguments) =>
        RunAsync(Command("dotnet", folder, arguments));

    /// <summary>A command that has nothing of the test's own surroundings.</summary>
    public static ProcessStartInfo Command(string program, string folder, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            Environment =
            {
                // Servers that stay would keep the output open.
                ["MSBUILDDISABLENODEREUSE"] = "1",
                ["UseSharedCompilation"] = "false",
                ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0",
                ["DOTNET_NOLOGO"] = "1",
                ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
            },
        };

        // What the test runner sets for itself is not for another build, and what a build server sets must not be needed.
        foreach (string name in start.Environment.Keys.Where(
            name => name.StartsWith("MSBuild", StringComparison.Ordinal) || name == "CI").ToArray())
        {
            start.Environment.Remove(name);
        }

        return start;
    }

    /// <summary>Runs a command to its end, which is a success.</summary>
    /// <returns>The standard output.</returns>
    public static async Task<string> RunAsync(ProcessStartInfo command)
    {
        (int exitCode, string output, string error) = await EndAsync(command);
        Assert.True(exitCode == 0, $"{command.FileName} {string.Join(' ', command.ArgumentList)}\n{output}\n{error}");
        return output;
    }

    /// <summary>Runs a command to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> EndAsync(ProcessStartInfo command)
    {
        command.RedirectStandardOutput = true;
        command.RedirectStandardError = true;
        using Process process = Process.Start(command)!;
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            Task<string> error = process.StandardError.ReadToEndAsync(patience.Token);
            string output = await process.StandardOutput.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            return (process.ExitCode, output, await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static string Above(string folder, string file) =>
        File.Exists(Path.Combine(folder, file)) ? folder
            : Above(Path.GetDirectoryName(folder) ?? throw new FileNotFoundException(file), file);
}
