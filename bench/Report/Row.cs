namespace Unarr.Pipelines.Bench.Report;

/// <summary>One contestant on one corpus.</summary>
internal sealed record Row(string Section, Corpus Corpus, int? ReadBytes, string Contestant, bool IsBaseline)
{
    public required double NanosecondsPerPass { get; init; }

    public required double AllocatedPerPass { get; init; }

    public double NanosecondsPerEvent => NanosecondsPerPass / Corpus.Events;

    public double NanosecondsPerByte => NanosecondsPerPass / Corpus.Bytes.Length;

    public double AllocatedPerEvent => AllocatedPerPass / Corpus.Events;

    public double MegabytesPerSecond => 1000 / NanosecondsPerByte;

    /// <summary>How many times as fast as another row.</summary>
    public double Over(Row other) => other.NanosecondsPerPass / NanosecondsPerPass;
}
