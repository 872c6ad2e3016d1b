using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Unarr.Pipelines.Bench.Report;

/// <summary>The rows of a run, all its rounds put together.</summary>
internal sealed class Results
{
    private Results(IReadOnlyList<Row> rows) => Rows = rows;

    public IReadOnlyList<Row> Rows { get; }

    public static Results From(IEnumerable<Summary> rounds) => new([.. rounds
        .SelectMany(static summary => summary.Reports)
        .Where(static report => report.ResultStatistics is not null)
        .GroupBy(static report => report.BenchmarkCase.DisplayInfo)
        .Select(static reports => ToRow([.. reports]))
        .GroupBy(static row => row.Section)
        .SelectMany(static section => section.OrderBy(static row => row.ReadBytes).ThenBy(static row => row.Corpus.Order))]);

    public Row? Find(Row like, string contestant) => Rows.FirstOrDefault(row =>
        row.Contestant == contestant && row.Section == like.Section && row.Corpus.Name == like.Corpus.Name
            && row.ReadBytes == like.ReadBytes);

    public Row? Baseline(Row like) => Rows.FirstOrDefault(row =>
        row.IsBaseline && row.Section == like.Section && row.Corpus.Name == like.Corpus.Name && row.ReadBytes == like.ReadBytes);

    private static Row ToRow(IReadOnlyList<BenchmarkReport> reports)
    {
        BenchmarkCase benchmark = reports[0].BenchmarkCase;
        var corpus = (Corpus)benchmark.Parameters["Corpus"];
        return new Row(
            benchmark.Descriptor.Type.Name.Replace("Bench", "", StringComparison.Ordinal),
            corpus,
            benchmark.Parameters.Items.Any(static item => item.Name == "ReadBytes") ? (int)benchmark.Parameters["ReadBytes"] : null,
            benchmark.Descriptor.WorkloadMethodDisplayInfo.Trim('\''),
            benchmark.Descriptor.Baseline)
        {
            // What disturbs a measurement only ever makes it longer.
            NanosecondsPerPass = reports.SelectMany(Times).Min() / corpus.Passes,
            AllocatedPerPass = reports.Min(Allocated) / corpus.Passes,
        };
    }

    private static IEnumerable<double> Times(BenchmarkReport report) =>
        report.AllMeasurements.Where(static measurement => measurement.Is(IterationMode.Workload, IterationStage.Result))
            .Select(static measurement => measurement.Nanoseconds / measurement.Operations);

    /// <summary>Bytes a pass; what is less than the runtime counts at once, over all passes together, is none.</summary>
    private static double Allocated(BenchmarkReport report) =>
        (report.GcStats.GetTotalAllocatedBytes(excludeAllocationQuantumSideEffects: true) ?? 0) / (double)report.GcStats.TotalOperations;
}
