using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Filters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;
using Unarr.Pipelines.Bench.Benchmarks;

namespace Unarr.Pipelines.Bench;

/// <summary>How the benchmarks are run: in this process, in short rounds,
/// so that all of them take minutes and see the same machine.</summary>
internal static class Configs
{
    // The best of many short iterations is taken, from rounds in which baseline and contestants of a corpus follow each other.
    private static Job Short { get; } = Job.Default
        .WithId("Short")
        .WithToolchain(InProcessEmitToolchain.Instance)
        .WithWarmupCount(2)
        .WithIterationCount(10)
        .WithIterationTime(TimeInterval.FromMilliseconds(12))
        .WithEvaluateOverhead(false);

    /// <summary>One round of the default comparison.</summary>
    public static IConfig Round(ILogger logger) => Quiet(logger).AddJob(Short).AddFilter(new SimpleFilter(IsDefault));

    /// <summary>Every benchmark once, to see that it runs.</summary>
    public static IConfig Dry(ILogger logger) =>
        Quiet(logger).AddJob(Job.Dry.WithToolchain(InProcessEmitToolchain.Instance)).AddFilter(new SimpleFilter(IsFair));

    /// <summary>What BenchmarkDotNet's own command line is given; a job named there replaces this one.</summary>
    public static IConfig CommandLine(bool withJob)
    {
        ManualConfig config = ManualConfig.Create(DefaultConfig.Instance)
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddFilter(new SimpleFilter(IsFair));
        return withJob ? config.AddJob(Short) : config;
    }

    private static ManualConfig Quiet(ILogger logger) => ManualConfig.CreateEmpty()
        .AddLogger(logger)
        .AddColumnProvider(DefaultColumnProviders.Instance)
        .AddDiagnoser(MemoryDiagnoser.Default)
        .WithOptions(ConfigOptions.DisableLogFile);

    private static bool IsDefault(BenchmarkCase benchmark) => IsFair(benchmark) && (benchmark.Descriptor.Type != typeof(ReaderBench)
        || (benchmark.Parameters["ReadBytes"], ((Corpus)benchmark.Parameters["Corpus"]).Name) switch
        {
            (65536, "command" or "token" or "heartbeat" or "64 KiB" or "1 MiB" or "multi-line") => true,
            (1460, "command" or "token" or "64 KiB" or "1 MiB") => true,
            (16, "command" or "token" or "64 KiB") => true,
            (1, "token" or "heartbeat") => true,
            _ => false,
        });

    /// <summary>The plain pass is a measure for long lines alone.</summary>
    private static bool IsFair(BenchmarkCase benchmark) => benchmark.Descriptor.WorkloadMethod.Name != nameof(FramerBench.Count)
        || ReferenceEquals(benchmark.Parameters["Corpus"], Standard.Long);
}
