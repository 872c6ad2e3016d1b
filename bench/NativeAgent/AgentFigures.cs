using System.Diagnostics;
using System.Globalization;

namespace Unarr.Pipelines.Bench.NativeAgent;

/// <summary>Size, memory, start and processor time of the native agent,
/// beside the same agent on the JIT and a minimal reader in Go.</summary>
/// <remarks>
/// Linux only. It measures what <c>dotnet publish src/Unarr.Agent -c Release -r linux-x64</c> and
/// <c>dotnet build src/Unarr.Agent -c Release</c>
/// have made; <c>go</c> is optional.
/// </remarks>
internal sealed class AgentFigures(TimeSpan steady)
{
    private const int Starts = 30;
    private const int WarmUpFrames = 1_000_000;
    private const int Frames = 1_000_000;
    private const string Spin = "DOTNET_ThreadPool_UnfairSemaphoreSpinLimit";

    // The default of the runtime, in the hexadecimal digits that the environment is read as: 70.
    private const string DefaultSpin = "46";
    private static readonly string[] Run = ["run", "--server", "{url}"];
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    public static async Task<int> RunAsync(string[] args)
    {
        TimeSpan steady = TimeSpan.FromMinutes(args.Length > 0 ? double.Parse(args[0], CultureInfo.InvariantCulture) : 10);
        await new AgentFigures(steady).MeasureAsync();
        return 0;
    }

    private static IEnumerable<Candidate> Candidates()
    {
        string bin = Path.GetFullPath("../src/Unarr.Agent/bin/Release/net10.0");
        string native = Path.Combine(bin, "linux-x64/publish/unarr-agent");
        string jit = Path.Combine(bin, "unarr-agent");
        Dictionary<string, string> spinning = new() { [Spin] = DefaultSpin };
        yield return new Candidate("native agent", native, Run);
        yield return new Candidate("native agent, threads spin", native, Run, spinning);
        yield return new Candidate("agent on the JIT", jit, Run);
        yield return new Candidate("agent on the JIT, threads spin", jit, Run, spinning);
        if (Go() is { } go)
        {
            yield return new Candidate("minimal reader in Go", go, ["{url}/api/internal/agent/events"]);
        }
    }

    /// <summary>Builds the reader in Go where there is a compiler.</summary>
    private static string? Go()
    {
        string program = Path.Combine(Directory.CreateTempSubdirectory("unarr-bench").FullName, "reader");
        try
        {
            using Process build = Process.Start(
                "go", ["build", "-ldflags=-s -w", "-o", program, Path.GetFullPath("NativeAgent/reader.go")]);
            build.WaitForExit();
            return build.ExitCode == 0 ? program : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Console.Error.WriteLine("There is no go: the table has no row of it.");
            return null;
        }
    }

    private static string Mebibytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.00} MiB");

    private static async Task<TimeSpan> StartAsync(Candidate candidate)
    {
        await using StreamServer server = new();
        await server.StartAsync();
        List<TimeSpan> times = [];
        for (int start = 0; start < Starts; start++)
        {
            times.Add(await ObservedProcess.StartToFirstFrameAsync(candidate, server.Origin));
        }

        times.Sort();
        return times[Starts / 2];
    }

    /// <summary>Processor time for an event at 100 events a second, in microseconds.</summary>
    private static async Task<double> ProcessorTimeAsync(Candidate candidate, bool commands)
    {
        await using StreamServer server = new() { Script = StreamServer.Steady(TimeSpan.FromMilliseconds(10), commands) };
        await server.StartAsync();
        using ObservedProcess process = ObservedProcess.Start(candidate, server.Origin);
        await Task.Delay(TimeSpan.FromSeconds(5));
        TimeSpan before = process.ProcessorTime;
        long begin = Stopwatch.GetTimestamp();
        await Task.Delay(Window);
        return (process.ProcessorTime - before).TotalMicroseconds / (Stopwatch.GetElapsedTime(begin).TotalSeconds * 100);
    }

    private static async Task<(long Before, long After, double Seconds)> FloodAsync(Candidate candidate)
    {
        TaskCompletionSource warm = new(), proceed = new(), done = new();
        await using StreamServer server = new()
        {
            Script = async (_, response, aborted) =>
            {
                await StreamServer.FloodAsync(response, WarmUpFrames, aborted);
                warm.TrySetResult();
                await proceed.Task.WaitAsync(aborted);
                await StreamServer.FloodAsync(response, Frames, aborted);
                done.TrySetResult();
            },
        };
        await server.StartAsync();
        using ObservedProcess process = ObservedProcess.Start(candidate, server.Origin);
        await warm.Task;
        await Task.Delay(TimeSpan.FromSeconds(5));
        long before = process.ResidentBytes;
        long begin = Stopwatch.GetTimestamp();
        proceed.SetResult();
        await done.Task;
        TimeSpan elapsed = Stopwatch.GetElapsedTime(begin);
        await Task.Delay(TimeSpan.FromSeconds(5));
        return (before, process.ResidentBytes, elapsed.TotalSeconds);
    }

    private async Task MeasureAsync()
    {
        Candidate[] candidates = [.. Candidates().Where(static candidate => File.Exists(candidate.Program))];

        // What only waits runs beside the rest: a heartbeat a second disturbs nobody. Processor time is taken of all at once: what the
        // machine has in hand besides is then the same for each.
        Task<(long Resident, long Anonymous, long Threads)>[] waiting = [.. candidates.Select(SteadyAsync)];
        double[] heartbeats = await Task.WhenAll(candidates.Select(candidate => ProcessorTimeAsync(candidate, commands: false)));
        double[] commands = await Task.WhenAll(candidates.Select(candidate => ProcessorTimeAsync(candidate, commands: true)));
        List<string> rows = [];
        for (int index = 0; index < candidates.Length; index++)
        {
            TimeSpan start = await StartAsync(candidates[index]);
            (long before, long after, double seconds) = await FloodAsync(candidates[index]);
            string flood = $"{Mebibytes(before)} → {Mebibytes(after)}";
            rows.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"| {start.TotalMilliseconds:0.0} ms | {heartbeats[index]:0} µs | {commands[index]:0} µs | {flood} | {seconds:0.0} s |"));
        }

        Console.WriteLine(
            "| | file | resident | of it anonymous | threads | start to first frame | a heartbeat | a command "
            + "| a further million frames | in |");
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        for (int index = 0; index < candidates.Length; index++)
        {
            (long resident, long anonymous, long threads) = await waiting[index];
            string file = string.Create(CultureInfo.InvariantCulture, $"{new FileInfo(candidates[index].Program).Length / 1e6:0.00} MB");
            Console.WriteLine(
                $"| {candidates[index].Name} | {file} | {Mebibytes(resident)} | {Mebibytes(anonymous)} | {threads} {rows[index]}");
        }
    }

    /// <summary>Memory after a while at a heartbeat a second.</summary>
    private async Task<(long Resident, long Anonymous, long Threads)> SteadyAsync(Candidate candidate)
    {
        await using StreamServer server = new() { Script = StreamServer.Steady(TimeSpan.FromSeconds(1), commands: false) };
        await server.StartAsync();
        using ObservedProcess process = ObservedProcess.Start(candidate, server.Origin);
        await Task.Delay(steady);
        return (process.ResidentBytes, process.AnonymousBytes, process.Threads);
    }
}
