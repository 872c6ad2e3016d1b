using System.Diagnostics;

namespace Unarr.EndToEnd.Tests.Crashes;

/// <summary>A real <c>unarr-controlplane serve</c>, as an operator runs it.</summary>
internal sealed class ServeProcess : IAsyncDisposable
{
    private const string Listening = "Listening on ";

    private readonly Process _process;

    private ServeProcess(Process process, Uri address)
    {
        _process = process;
        Address = address;
    }

    public Uri Address { get; }

    /// <summary>Starts it and waits until it listens.</summary>
    /// <exception cref="InvalidOperationException">It ended instead; the message is what it said.</exception>
    public static async Task<ServeProcess> StartAsync(
        string keys, string store, CancellationToken deadline, string url = "http://127.0.0.1:0", params string[] further)
    {
        Process process = Start(["--keys", keys, "--store", store, "--urls", url, "--log-level", "Warning", .. further]);
        string? line = await process.StandardOutput.ReadLineAsync(deadline);
        if (line?.StartsWith(Listening, StringComparison.Ordinal) != true)
        {
            throw new InvalidOperationException(await process.StandardError.ReadToEndAsync(deadline));
        }

        return new ServeProcess(process, new Uri(line[Listening.Length..]));
    }

    /// <summary>Runs it to its end.</summary>
    /// <returns>Its exit code and what it said on standard error.</returns>
    public static async Task<(int ExitCode, string Error)> RunAsync(CancellationToken deadline, params string[] arguments)
    {
        using Process process = Start(arguments);
        string error = await process.StandardError.ReadToEndAsync(deadline);
        await process.WaitForExitAsync(deadline);
        return (process.ExitCode, error);
    }

    /// <summary>Ends it with SIGKILL, which no process can see coming.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private static Process Start(params string[] arguments)
    {
        // Compiled quickly rather than well: it lives for a moment.
        ProcessStartInfo start = new(
            "dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "unarr-controlplane.dll"), "serve", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_TieredPGO"] = "0", ["DOTNET_gcServer"] = "0" },
        };
        return Process.Start(start)!;
    }
}
