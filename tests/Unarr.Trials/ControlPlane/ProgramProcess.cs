using System.Diagnostics;

namespace Unarr.EndToEnd.Tests.ControlPlane;

/// <summary>Runs a command of <c>unarr-controlplane</c> to its end.</summary>
internal static class ProgramProcess
{
    /// <summary>The program that the runtime runs.</summary>
    public static readonly string Assembly = Path.Combine(AppContext.BaseDirectory, "unarr-controlplane.dll");

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static Task<(int ExitCode, string Output, string Error)> RunAsync(string folder, params string[] arguments) =>
        RunAsync("dotnet", folder, new Dictionary<string, string>(), ["exec", Assembly, .. arguments]);

    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(
        string program, string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Patience);
        return (process.ExitCode, await output.WaitAsync(Patience), await error.WaitAsync(Patience));
    }
}
