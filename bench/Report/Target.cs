namespace Unarr.Pipelines.Bench.Report;

/// <summary>What one row is to reach.</summary>
/// <param name="Text">The target, as the table tells it.</param>
/// <param name="Reached">What the row reached, as the table tells it, and whether that is enough.</param>
internal sealed record Target(string Text, Func<Row, Results, (string Figure, bool Met)?> Reached)
{
    /// <summary>So many times as fast as another contestant on the same bytes.</summary>
    public static Target Over(string contestant, double least, string text) => new(text, (row, results) =>
        results.Find(row, contestant) is { } other ? (Figures.Times(row.Over(other)), row.Over(other) >= least) : null);

    /// <summary>Within 12 % of the other dialect.</summary>
    public static Target Like(string contestant) => new("±12 % of Html", (row, results) =>
        results.Find(row, contestant) is { } other
            ? (Figures.Percent((1 / row.Over(other)) - 1), Math.Max(row.Over(other), 1 / row.Over(other)) <= 1.12)
            : null);

    /// <summary>The time per byte of the shortest line, again.</summary>
    public static Target Linear() => new("linear", static (row, results) =>
        results.Rows.FirstOrDefault(other => other.Section == row.Section && other.Contestant == row.Contestant) is { } first
            ? ($"{Figures.Short(row.NanosecondsPerByte)} ns/B", row.NanosecondsPerByte / first.NanosecondsPerByte is > 0.75 and < 1.25)
            : null);

    /// <summary>At most so many bytes an event.</summary>
    public static Target Bytes(int most) => new($"≤ {Figures.Bytes(most)}", (row, _) =>
        (Figures.Bytes(row.AllocatedPerEvent), row.AllocatedPerEvent < most + 1));

    /// <summary>No allocation at all; beyond another contestant's half a byte an event, since how often a read waits differs.</summary>
    public static Target NoAllocation(string? beyond = null) => new(beyond is null ? "0 B" : $"no B beyond {beyond}", (row, results) =>
    {
        double allowed = beyond is null ? 0.05 * row.Corpus.Events
            : (results.Find(row, beyond)?.AllocatedPerPass ?? 0) + (0.5 * row.Corpus.Events);
        return (Figures.Bytes(row.AllocatedPerEvent), row.AllocatedPerPass < allowed);
    });
}
