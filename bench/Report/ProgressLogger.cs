using BenchmarkDotNet.Loggers;

namespace Unarr.Pipelines.Bench.Report;

/// <summary>Writes all of BenchmarkDotNet's log to a file, and the name of each benchmark to the terminal.</summary>
internal sealed class ProgressLogger(TextWriter file) : ILogger, IDisposable
{
    private const string Benchmark = "// Benchmark: ";

    private int _count;

    public string Id => nameof(ProgressLogger);

    public int Priority => 0;

    public void Write(LogKind logKind, string text)
    {
        file.Write(text);
        Show(logKind, text);
    }

    public void WriteLine() => file.WriteLine();

    public void WriteLine(LogKind logKind, string text)
    {
        file.WriteLine(text);
        Show(logKind, text);
    }

    public void Flush() => file.Flush();

    public void Dispose() => file.Dispose();

    private void Show(LogKind kind, string text)
    {
        if (text.StartsWith(Benchmark, StringComparison.Ordinal))
        {
            Console.Error.WriteLine($"{++_count,4}  {text[Benchmark.Length..].Trim()}");
        }
        else if (kind == LogKind.Error && !string.IsNullOrWhiteSpace(text))
        {
            Console.Error.WriteLine(text);
        }
    }
}
