using System.Globalization;
using System.Security;
using System.Text;

namespace Unarr.Pipelines.Bench.Report;

/// <summary>Each contestant's ratio to its baseline as a bar.</summary>
internal static class SvgBars
{
    private const string Dashes = " stroke=\"#b00020\" stroke-dasharray=\"3 3\"";
    private const int LabelWidth = 330;
    private const int BarWidth = 460;
    private const int LineHeight = 18;
    private const int Width = LabelWidth + BarWidth + 80;

    public static string Draw(Results results)
    {
        List<(Row Row, double Ratio)> bars = [.. results.Rows
            .Where(static row => !row.IsBaseline)
            .Select(row => (row, results.Baseline(row) is { } baseline ? row.Over(baseline) : 0))];
        double scale = BarWidth / bars.Select(static bar => bar.Ratio).DefaultIfEmpty(1).Max();
        int height = (bars.Count + 3) * LineHeight;
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {height}" font-family="sans-serif" font-size="12">
            <rect width="{Width}" height="{height}" fill="#ffffff"/>
            <text x="8" y="{LineHeight}" font-weight="bold">Times the speed of the baseline (the line at 1)</text>

            """);
        for (int bar = 0; bar < bars.Count; bar++)
        {
            AppendBar(svg, bars[bar].Row, bars[bar].Ratio, scale, (bar + 2) * LineHeight);
        }

        double one = LabelWidth + scale;
        svg.Append(CultureInfo.InvariantCulture, $"""
            <line x1="{one:0.#}" x2="{one:0.#}" y1="{LineHeight * 1.5:0.#}" y2="{height - LineHeight}"{Dashes}/>
            </svg>

            """);
        return svg.ToString();
    }

    private static void AppendBar(StringBuilder svg, Row row, double ratio, double scale, int top)
    {
        string reads = row.ReadBytes is { } bytes ? $" @ {Figures.Short(bytes)}" : "";
        string label = SecurityElement.Escape($"{row.Section.ToLowerInvariant()}, {row.Corpus.Name}{reads}: {row.Contestant}");
        svg.Append(CultureInfo.InvariantCulture, $"""
            <text x="{LabelWidth - 6}" y="{top + 13}" text-anchor="end">{label}</text>
            <rect x="{LabelWidth}" y="{top + 3}" width="{Math.Max(1, ratio * scale):0.#}" height="{LineHeight - 5}" fill="#2f6f9f"/>
            <text x="{LabelWidth + (ratio * scale) + 5:0.#}" y="{top + 13}">{Figures.Times(ratio)}</text>

            """);
    }
}
