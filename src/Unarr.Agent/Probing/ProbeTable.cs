using System.Globalization;
using Unarr.Agent.Drawing;

namespace Unarr.Agent.Probing;

/// <summary>The report as a table for people.</summary>
internal static class ProbeTable
{
    public static void Write(ProbeReport report, TextWriter output, int width, bool coloured)
    {
        BoxedRows rows = new(width, coloured);
        rows.Add("verdict", ProbeWords.Of(report.Finding.Verdict), Colour(report.Finding.Verdict));
        rows.Add("basis", report.IsMeasured ? "measured: the server sent a known rhythm" : "inferred from what came");
        rows.Add("cause", report.Finding.Cause);
        if (report.Finding.Delay is { } delay)
        {
            rows.Add("delay", ProbeWords.Milliseconds(delay));
        }

        foreach ((string what, string value) in Seen(report))
        {
            rows.Add(what, value);
        }

        for (int index = 0; index < report.Changes.Count; index++)
        {
            rows.Add(index == 0 ? "change" : "", report.Changes[index], Ink.Yellow);
        }

        rows.WriteTo(output);
    }

    private static IEnumerable<(string What, string Value)> Seen(ProbeReport report)
    {
        ProbeObservation seen = report.Seen;
        yield return ("url", seen.Url.GetComponents(UriComponents.HttpRequestUrl, UriFormat.UriEscaped));
        yield return ("times", $"connected {ProbeWords.Milliseconds(seen.Connected)}, headers {ProbeWords.Milliseconds(seen.Headers)}, "
            + $"first frame {ProbeWords.Milliseconds(ProbeWords.FirstFrame(seen))}");
        if (seen.Headers is null)
        {
            yield break;
        }

        yield return ("answer", string.Create(
            CultureInfo.InvariantCulture, $"{seen.Status}, HTTP/{seen.HttpVersion}, {seen.ContentType ?? "no content type"}"));
        yield return ("on the way", OnTheWay(seen));
        yield return ("bytes", string.Create(
            CultureInfo.InvariantCulture,
            $"{seen.Arrivals.Sum(arrival => (long)arrival.Bytes)} in {ProbeBursts.Of(seen.Arrivals).Count} bursts, "
            + $"{seen.Arrivals.Sum(arrival => arrival.Frames)} frames"));
        if (report.IsMeasured)
        {
            yield return ("late by", Steps(seen));
            yield return ("with 2 KiB first", report.WithPrelude is null ? "not tried" : Steps(report.WithPrelude));
        }
        else
        {
            yield return ("heartbeats", Heartbeats(seen));
        }
    }

    private static string OnTheWay(ProbeObservation seen)
    {
        (string Name, string? Value)[] headers =
        [
            ("Via", seen.Via), ("Server", seen.Server), ("X-Accel-Buffering", seen.AccelBuffering),
            ("Content-Encoding", seen.ContentEncoding),
        ];
        string told = string.Join(
            ", ", headers.Where(header => header.Value is not null).Select(header => $"{header.Name}: {header.Value}"));
        return told.Length > 0 ? told : "no header names a proxy";
    }

    private static string Steps(ProbeObservation seen) => seen.Steps.Count == 0
        ? "nothing came"
        : string.Join(", ", ProbeJudge.Lags(seen).Zip(seen.Steps).Select(step => string.Create(
            CultureInfo.InvariantCulture, $"{step.First.TotalMilliseconds:0} ms (sent at {step.Second.Sent.TotalMilliseconds:0})")));

    private static string Heartbeats(ProbeObservation seen)
    {
        string told = seen.ToldHeartbeat is null ? "none announced" : $"announced every {ProbeWords.Milliseconds(seen.ToldHeartbeat)}";
        return ProbeWords.Cadence(seen) is { } cadence
            ? $"{told}; bursts {ProbeWords.Milliseconds(cadence.Min)} to {ProbeWords.Milliseconds(cadence.Max)} apart, "
                + $"median {ProbeWords.Milliseconds(cadence.Median)}"
            : $"{told}; too few to know the interval";
    }

    private static Ink Colour(ProbeVerdict verdict) => verdict switch
    {
        ProbeVerdict.Streams => Ink.Green,
        ProbeVerdict.Delayed or ProbeVerdict.Unknown => Ink.Yellow,
        _ => Ink.Red,
    };
}
