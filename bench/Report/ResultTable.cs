using System.Text;

namespace Unarr.Pipelines.Bench.Report;

/// <summary>The one table of a run, as Markdown that is readable on a terminal too.</summary>
internal static class ResultTable
{
    private static readonly string[] Head =
        ["what", "corpus", "read bytes", "contestant", "ns/event", "ratio", "MB/s", "alloc/event", "target", "reached", ""];

    // Which columns hold numbers.
    private static readonly bool[] Right = [false, false, true, false, true, true, true, true, false, false, false];

    /// <param name="results">The rows.</param>
    /// <param name="judged">Whether the run was long enough to hold the rows against their targets.</param>
    public static string Render(Results results, bool judged = true)
    {
        List<string[]> lines = [Head, .. results.Rows.Select(row => Line(row, results, judged))];
        int[] widths = [.. Head.Select((_, column) => lines.Max(line => line[column].Length))];
        StringBuilder text = new();
        Append(text, lines[0], widths);
        text.Append('|').AppendJoin('|', widths.Select((width, column) => $" {new string('-', width - 1)}{(Right[column] ? ':' : '-')} "))
            .Append("|\n");
        foreach (string[] line in lines.Skip(1))
        {
            Append(text, line, widths);
        }

        return text.ToString();
    }

    private static string[] Line(Row row, Results results, bool judged)
    {
        var targets = Targets.Of(row).Where(_ => judged).Select(target => (target.Text, Reached: target.Reached(row, results)))
            .Where(static target => target.Reached is not null).ToList();
        Row? baseline = results.Baseline(row);
        return
        [
            row.Section.ToLowerInvariant(),
            row.Corpus.Name,
            row.ReadBytes is { } bytes ? Figures.Short(bytes) : "",
            row.Contestant,
            Figures.Short(row.NanosecondsPerEvent),
            baseline is null ? "" : Figures.Times(row.Over(baseline)),
            Figures.Short(row.MegabytesPerSecond),
            Figures.Bytes(row.AllocatedPerEvent),
            string.Join("; ", targets.Select(static target => target.Text)),
            string.Join("; ", targets.Select(static target => target.Reached!.Value.Figure)),
            targets.Count == 0 ? "  " : targets.All(static target => target.Reached!.Value.Met) ? "ok" : "NO",
        ];
    }

    private static void Append(StringBuilder text, string[] cells, int[] widths)
    {
        for (int column = 0; column < cells.Length; column++)
        {
            string cell = Right[column] ? cells[column].PadLeft(widths[column]) : cells[column].PadRight(widths[column]);
            text.Append("| ").Append(cell).Append(' ');
        }

        text.Append("|\n");
    }
}
