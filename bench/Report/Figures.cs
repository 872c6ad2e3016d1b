using System.Globalization;

namespace Unarr.Pipelines.Bench.Report;

/// <summary>Numbers with as many digits as a reader wants.</summary>
internal static class Figures
{
    public static string Short(double value) => value.ToString(
        value switch
        {
            < 1 => "0.000",
            < 10 => "0.00",
            < 100 => "0.0",
            _ => "#,0",
        },
        CultureInfo.InvariantCulture);

    public static string Times(double ratio) => ratio.ToString("0.##", CultureInfo.InvariantCulture) + "×";

    public static string Percent(double share) => share.ToString("+0 %;−0 %;0 %", CultureInfo.InvariantCulture);

    public static string Bytes(double bytes) => bytes.ToString("#,0.#", CultureInfo.InvariantCulture) + " B";
}
