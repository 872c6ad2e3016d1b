using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Unarr.EndToEnd.Tests.Hostile;

/// <summary>A real <c>unarr-agent run</c>, as an operator runs it, seen from outside.</summary>
internal sealed class AttackedAgent : IAsyncDisposable
{
    /// <summary>Where a native agent is, if the tests are to try that one.</summary>
    private const string NativeVariable = "UNARR_NATIVE_AGENT";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan SampleInterval = TimeSpan.FromMilliseconds(50);
    private static readonly long TicksPerSecond = 100; // What /proc counts in, on every Linux.

    private static readonly string Built =
        Path.Combine(
            AppContext.BaseDirectory.Replace("tests/Unarr.Trials", "src/Unarr.Agent", StringComparison.Ordinal), "unarr-agent");

    private readonly Process _process;
    private readonly StringBuilder _said = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    public AttackedAgent(Uri server)
    {
        string program = Environment.GetEnvironmentVariable(NativeVariable) ?? Built;
        ProcessStartInfo start = new(program, ["run", "--server", server.AbsoluteUri, "--sync-interval", "1s"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["UNARR_API_KEY"] = HostileClient.Key },
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += Hear;
        _process.ErrorDataReceived += Hear;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>All that it said so far, on both of its outputs.</summary>
    public string Said
    {
        get
        {
            lock (_said)
            {
                return _said.ToString();
            }
        }
    }

    public TimeSpan Age => _clock.Elapsed;

    /// <summary>How much memory it has, in bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            string line = File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
            return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
        }
    }

    /// <summary>How long it has used a processor for code of its own, the kernel's work for it left out.</summary>
    public TimeSpan UserTime
    {
        get
        {
            string line = File.ReadAllText($"/proc/{_process.Id}/stat");
            string ticks = line[line.LastIndexOf(')')..].Split(' ')[12];
            return TimeSpan.FromSeconds(double.Parse(ticks, CultureInfo.InvariantCulture) / TicksPerSecond);
        }
    }

    /// <summary>Watches its memory.</summary>
    /// <returns>The most that it had, in bytes.</returns>
    public async Task<long> WatchAsync(TimeSpan time)
    {
        long most = 0;
        using var pace = new PeriodicTimer(SampleInterval);
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < time; await pace.WaitForNextTickAsync())
        {
            most = Math.Max(most, ResidentBytes);
        }

        return most;
    }

    /// <summary>Ends it as an operator does.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> EndAsync()
    {
        using Process kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private void Hear(object sender, DataReceivedEventArgs line)
    {
        lock (_said)
        {
            _said.AppendLine(line.Data);
        }
    }
}
