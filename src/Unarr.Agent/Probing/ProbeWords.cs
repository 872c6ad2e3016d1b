using System.Globalization;
using Unarr.CommandLine;

namespace Unarr.Agent.Probing;

/// <summary>What both forms of the report say in words or in numbers.</summary>
internal static class ProbeWords
{
    public static string Of(ProbeVerdict verdict) => verdict switch
    {
        ProbeVerdict.Streams => "streams",
        ProbeVerdict.Delayed => "delayed",
        ProbeVerdict.PreambleThenBuffered => "preamble then buffered",
        ProbeVerdict.BufferedUntilTheEnd => "buffered until the end",
        ProbeVerdict.NoStream => "no stream here",
        ProbeVerdict.Unknown => "unknown",
        ProbeVerdict.OnePieceBehind => "one piece behind",
        _ => "unreachable",
    };

    /// <summary>When the first whole frame was there.</summary>
    public static TimeSpan? FirstFrame(ProbeObservation seen) =>
        seen.Arrivals.Where(arrival => arrival.Frames > 0).Select(arrival => (TimeSpan?)arrival.At).FirstOrDefault();

    /// <summary>The times between bursts; <see langword="null"/> with less than two of them.</summary>
    public static (TimeSpan Min, TimeSpan Median, TimeSpan Max)? Cadence(ProbeObservation seen)
    {
        TimeSpan[] gaps = [.. ProbeBursts.Gaps(ProbeBursts.Of(seen.Arrivals)).Order()];
        return gaps.Length == 0 ? null : (gaps[0], gaps[gaps.Length / 2], gaps[^1]);
    }

    /// <summary>A duration for a sentence: milliseconds below a second, else tenths of seconds.</summary>
    public static string Brief(TimeSpan time) => time < TimeSpan.FromSeconds(1)
        ? DurationArgument.Format(time)
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0}s");

    public static string Milliseconds(TimeSpan? time) =>
        time is { } value ? string.Create(CultureInfo.InvariantCulture, $"{value.TotalMilliseconds:0.0} ms") : "never";
}
