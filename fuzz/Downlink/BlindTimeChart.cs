using System.Globalization;
using System.Text;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>Blind time added up over the hours on a path that stays mute, one line for each rule.</summary>
internal static class BlindTimeChart
{
    private const int Left = 60;
    private const int Top = 40;
    private const int Width = 620;
    private const int Height = 240;

    public static string Draw(int hours, List<(TimeSpan At, TimeSpan For)> sequential, List<(TimeSpan At, TimeSpan For)> hedging)
    {
        double most = Math.Ceiling(sequential.Sum(episode => episode.For.TotalMinutes) / 10) * 10;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Left + Width + 150} {Top + Height + 50}"
                font-family="sans-serif" font-size="12">
            <rect width="{Left + Width + 150}" height="{Top + Height + 50}" fill="#ffffff"/>
            <text x="{Left}" y="22" font-weight="bold">Minutes without push on a path whose streams stay mute</text>

            """);
        for (int minutes = 0; minutes <= most; minutes += 10)
        {
            double y = Top + Height - (minutes / most * Height);
            svg.Append(CultureInfo.InvariantCulture, $"""
                <line x1="{Left}" x2="{Left + Width}" y1="{y:0.#}" y2="{y:0.#}" stroke="#dddddd"/>
                <text x="{Left - 8}" y="{y + 4:0.#}" text-anchor="end">{minutes}</text>

                """);
        }

        for (int hour = 0; hour <= hours; hour++)
        {
            svg.Append(CultureInfo.InvariantCulture, $"""
                <text x="{Left + ((double)hour / hours * Width):0.#}" y="{Top + Height + 20}" text-anchor="middle">{hour} h</text>

                """);
        }

        AppendLine(svg, "sequential rule", "#b00020", sequential, hours, most);
        AppendLine(svg, "make before break", "#2f6f9f", hedging, hours, most);
        svg.Append("</svg>\n");
        return svg.ToString().ReplaceLineEndings("\n");
    }

    private static void AppendLine(
        StringBuilder svg, string name, string colour, List<(TimeSpan At, TimeSpan For)> episodes, int hours, double most)
    {
        svg.Append(CultureInfo.InvariantCulture,
            $"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{X(TimeSpan.Zero)},{Y(TimeSpan.Zero)}");
        TimeSpan blind = TimeSpan.Zero;
        foreach ((TimeSpan at, TimeSpan length) in episodes)
        {
            svg.Append(CultureInfo.InvariantCulture, $" {X(at)},{Y(blind)} {X(at + length)},{Y(blind + length)}");
            blind += length;
        }

        svg.Append(CultureInfo.InvariantCulture, $"""
             {X(TimeSpan.FromHours(hours))},{Y(blind)}"/>
            <text x="{Left + Width + 6}" y="{Y(blind)}" fill="{colour}">{name}</text>

            """);

        string X(TimeSpan time) => (Left + (time.TotalHours / hours * Width)).ToString("0.##", CultureInfo.InvariantCulture);
        string Y(TimeSpan time) => (Top + Height - (time.TotalMinutes / most * Height)).ToString("0.##", CultureInfo.InvariantCulture);
    }
}
