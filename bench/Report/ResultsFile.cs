using System.Globalization;
using System.Runtime.CompilerServices;

namespace Unarr.Pipelines.Bench.Report;

/// <summary>Rewrites the part of RESULTS.md that a run makes and keeps what hands wrote around it.</summary>
internal static class ResultsFile
{
    private const string Begin = "<!-- from the run: begin -->";
    private const string End = "<!-- from the run: end -->";

    public static string Write(Results results, string machine, string notes)
    {
        string folder = Folder();
        string path = Path.Combine(folder, "RESULTS.md");
        string run = $"""
            {Begin}
            {DateTimeOffset.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}, made by `dotnet run -c Release -- report`.

            ```text
            {machine.Trim()}
            ```

            {ResultTable.Render(results).Trim()}

            {notes.Trim()}

            ![Times the speed of the baseline](results.svg)
            {End}
            """;
        string text = File.ReadAllText(path);
        int begin = text.IndexOf(Begin, StringComparison.Ordinal);
        int end = text.IndexOf(End, StringComparison.Ordinal);
        if (begin < 0 || end < begin)
        {
            throw new InvalidDataException($"{path} does not hold the two markers between which the run's results go.");
        }

        File.WriteAllText(path, text[..begin] + run + text[(end + End.Length)..]);
        File.WriteAllText(Path.Combine(folder, "results.svg"), SvgBars.Draw(results));
        return path;
    }

    /// <summary>The folder of the project's sources, wherever the command was given.</summary>
    private static string Folder([CallerFilePath] string source = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, ".."));
}
