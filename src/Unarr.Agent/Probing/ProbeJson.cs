using System.Text.Json;
using Unarr.Agent.Terminal;

namespace Unarr.Agent.Probing;

/// <summary>The report as one JSON line. Times are milliseconds.</summary>
internal static class ProbeJson
{
    public static byte[] Line(ProbeReport report) => JsonLine.Of(json =>
    {
        ProbeObservation seen = report.Seen;
        json.WriteString("verdict"u8, ProbeWords.Of(report.Finding.Verdict));
        json.WriteNumber("exitCode"u8, (int)report.Finding.Verdict);
        json.WriteString("basis"u8, report.IsMeasured ? "measured"u8 : "inferred"u8);
        JsonLine.Text(json, "cause", report.Finding.Cause);
        Time(json, "delay", report.Finding.Delay);
        json.WriteStartArray("change"u8);
        foreach (string change in report.Changes)
        {
            json.WriteStringValue(change);
        }

        json.WriteEndArray();
        json.WriteString("url"u8, seen.Url.GetComponents(UriComponents.HttpRequestUrl, UriFormat.UriEscaped));
        Response(json, seen);
        Heartbeats(json, seen);
        Steps(json, "steps", seen);
        Steps(json, "stepsWithPrelude", report.WithPrelude);
        Time(json, "lasted", seen.Lasted);
    });

    private static void Response(Utf8JsonWriter json, ProbeObservation seen)
    {
        Time(json, "connect", seen.Connected);
        Time(json, "headers", seen.Headers);
        Time(json, "firstFrame", ProbeWords.FirstFrame(seen));
        if (seen.Headers is not null)
        {
            json.WriteNumber("status"u8, seen.Status);
            json.WriteString("http"u8, seen.HttpVersion);
        }

        JsonLine.Text(json, "contentType", seen.ContentType);
        JsonLine.Text(json, "contentEncoding", seen.ContentEncoding);
        JsonLine.Text(json, "via", seen.Via);
        JsonLine.Text(json, "xAccelBuffering", seen.AccelBuffering);
        JsonLine.Text(json, "server", seen.Server);
        json.WriteNumber("bytes"u8, seen.Arrivals.Sum(arrival => (long)arrival.Bytes));
        json.WriteNumber("frames"u8, seen.Arrivals.Sum(arrival => arrival.Frames));
        json.WriteNumber("bursts"u8, ProbeBursts.Of(seen.Arrivals).Count);
    }

    private static void Heartbeats(Utf8JsonWriter json, ProbeObservation seen)
    {
        if (seen.IsRhythm)
        {
            return;
        }

        json.WriteStartObject("heartbeat"u8);
        Time(json, "told", seen.ToldHeartbeat);
        if (ProbeWords.Cadence(seen) is { } cadence)
        {
            Time(json, "min", cadence.Min);
            Time(json, "median", cadence.Median);
            Time(json, "max", cadence.Max);
        }

        json.WriteEndObject();
    }

    private static void Steps(Utf8JsonWriter json, string name, ProbeObservation? seen)
    {
        if (seen is not { IsRhythm: true, IsEventStream: true })
        {
            return;
        }

        json.WriteStartArray(name);
        foreach ((ProbeStep step, TimeSpan lag) in seen.Steps.Zip(ProbeJudge.Lags(seen)))
        {
            json.WriteStartObject();
            Time(json, "sent", step.Sent);
            Time(json, "late", lag);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Time(Utf8JsonWriter json, string name, TimeSpan? time)
    {
        if (time is { } value)
        {
            json.WriteNumber(name, (long)value.TotalMicroseconds * 0.001m);
        }
    }
}
