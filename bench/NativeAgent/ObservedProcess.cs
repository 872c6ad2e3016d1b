using System.Diagnostics;
using System.Globalization;

namespace Unarr.Pipelines.Bench.NativeAgent;

/// <summary>A candidate at work, and what the kernel says of it (Linux).</summary>
internal sealed class ObservedProcess : IDisposable
{
    private readonly Process _process;

    private ObservedProcess(Process process) => _process = process;

    /// <summary>What it holds in memory, in bytes: <c>VmRSS</c>.</summary>
    public long ResidentBytes => StatusKibibytes("VmRSS:") * 1024;

    /// <summary>What of that is its own and no file's, in bytes: <c>RssAnon</c>.</summary>
    public long AnonymousBytes => StatusKibibytes("RssAnon:") * 1024;

    public long Threads => Status("Threads:");

    /// <summary>The processor time of all its threads, of those that have ended too, in steps of 10 ms.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Starts it with its output thrown away.</summary>
    public static ObservedProcess Start(Candidate candidate, Uri server)
    {
        ProcessStartInfo start = new(
            "/bin/sh", ["-c", "exec \"$0\" \"$@\" >/dev/null", candidate.Program, .. Arguments(candidate, server)]);
        return Start(start, candidate);
    }

    /// <summary>Starts it, and measures until it has written that the first frame came.</summary>
    public static async Task<TimeSpan> StartToFirstFrameAsync(Candidate candidate, Uri server)
    {
        ProcessStartInfo start = new(candidate.Program, Arguments(candidate, server)) { RedirectStandardOutput = true };
        long begin = Stopwatch.GetTimestamp();
        using ObservedProcess process = Start(start, candidate);
        while (await process._process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.Contains("\"live\"", StringComparison.Ordinal))
            {
                return Stopwatch.GetElapsedTime(begin);
            }
        }

        throw new InvalidOperationException($"{candidate.Name} ended without a frame.");
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static string[] Arguments(Candidate candidate, Uri server) =>
        [.. candidate.Arguments.Select(argument => argument.Replace("{url}", server.AbsoluteUri.TrimEnd('/'), StringComparison.Ordinal))];

    private static ObservedProcess Start(ProcessStartInfo start, Candidate candidate)
    {
        start.Environment["UNARR_API_KEY"] = "key";
        foreach ((string name, string value) in candidate.Environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new ObservedProcess(Process.Start(start)!);
    }

    private long StatusKibibytes(string name) => Status(name);

    private long Status(string name)
    {
        string line = File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
    }
}
