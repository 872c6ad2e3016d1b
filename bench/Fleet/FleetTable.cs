using System.Globalization;

namespace Unarr.Pipelines.Bench.Fleet;

/// <summary>The table of a fleet's figures, as Markdown: a line for each, as soon as it is known.</summary>
internal static class FleetTable
{
    /// <summary>What most figures are beside.</summary>
    public const string OneNode = "one node with a file";

    public static void PrintHead()
    {
        Console.WriteLine("| what | three nodes | beside it | ratio | what is beside it |");
        Console.WriteLine("| --- | ---: | ---: | ---: | --- |");
    }

    /// <param name="what">What was measured.</param>
    /// <param name="figure">Of three nodes.</param>
    /// <param name="beside">Of the baseline.</param>
    /// <param name="format">How a figure is written: its format, and its unit where it has one.</param>
    /// <param name="besideIt">What the baseline is.</param>
    public static void Print(string what, double figure, double beside, string format, string besideIt)
    {
        string[] unit = format.Split(' ');
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"| {what} | {Text(figure)} | {Text(beside)} | {figure / beside:0.00} | {besideIt} |"));

        string Text(double value) => string.Join(' ', [value.ToString(unit[0], CultureInfo.InvariantCulture), .. unit[1..]]);
    }

    /// <summary>Prints the medians of some rounds, three nodes beside one.</summary>
    public static void PrintMedians<T>(
        string what, IReadOnlyList<T> fleets, IReadOnlyList<T> singles, Func<T, double> figure, string format, string besideIt = OneNode) =>
        Print(what, Median(fleets.Select(figure)), Median(singles.Select(figure)), format, besideIt);

    private static double Median(IEnumerable<double> figures) => figures.Order().ElementAt(figures.Count() / 2);
}
