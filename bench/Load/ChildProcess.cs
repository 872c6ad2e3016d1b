using System.Diagnostics;
using System.Globalization;

namespace Unarr.Pipelines.Bench.Load;

/// <summary>A program in a process of its own, spoken to line by line, and what the kernel says of it (Linux).</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;

    private ChildProcess(ProcessStartInfo start)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        _process = Process.Start(start)!;
    }

    /// <summary>What it holds in memory, in bytes: <c>VmRSS</c>.</summary>
    public long ResidentBytes
    {
        get
        {
            const string Name = "VmRSS:";
            string line = File.ReadLines($"/proc/{_process.Id}/status").First(
                static line => line.StartsWith(Name, StringComparison.Ordinal));
            return long.Parse(line[Name.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) * 1024;
        }
    }

    /// <summary>The processor time of all its threads, in steps of 10 ms.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Starts this program once more.</summary>
    public static ChildProcess Self(params string[] arguments) => new(new ProcessStartInfo(Environment.ProcessPath!, arguments));

    /// <summary>Starts this program once more, with the garbage collector that programs of ASP.NET Core have.</summary>
    public static ChildProcess SelfAsServer(params string[] arguments) => new(AsServer(arguments));

    /// <summary>The same, whose threads do not spin before they sleep.</summary>
    public static ChildProcess SelfAsServerWithoutSpinning(params string[] arguments)
    {
        ProcessStartInfo start = AsServer(arguments);
        start.Environment["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"] = "0";
        return new ChildProcess(start);
    }

    /// <summary>Starts another program of .NET.</summary>
    public static ChildProcess OfAssembly(string assembly, params string[] arguments) =>
        OfProgram("dotnet", ["exec", assembly, .. arguments]);

    /// <summary>Starts a program that is installed.</summary>
    public static ChildProcess OfProgram(string program, params string[] arguments) => new(new ProcessStartInfo(program, arguments));

    /// <exception cref="InvalidOperationException">It has ended.</exception>
    public async Task<string> ReadAsync() =>
        await _process.StandardOutput.ReadLineAsync()
            ?? throw new InvalidOperationException($"{_process.StartInfo.FileName} ended too early.");

    public void Write(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static ProcessStartInfo AsServer(string[] arguments) =>
        new(Environment.ProcessPath!, arguments) { Environment = { ["DOTNET_gcServer"] = "1" } };
}
