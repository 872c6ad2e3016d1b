using System.Globalization;
using Unarr.CommandLine;

namespace Unarr.Agent.Probing;

/// <summary>Timings to verdict: no clock, no I/O.</summary>
internal static class ProbeJudge
{
    /// <summary>What a busy machine and a usual network take without anybody holding anything back.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan Together = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public static ProbeFinding Judge(ProbeObservation seen) => seen switch
    {
        { Connected: null } => new(ProbeVerdict.Unreachable, $"No connection: {seen.Failure ?? "no answer in time"}."),
        { Headers: null, Failure: { } failure } => new(ProbeVerdict.Unreachable, $"Connected, but there was no answer: {failure}."),
        { Headers: null } => new(
            ProbeVerdict.BufferedUntilTheEnd,
            $"Connected, and then nothing for {Text(seen.Lasted)}, not even headers: something keeps the whole response back, or the server does not answer."),
        { IsEventStream: false } => new(ProbeVerdict.NoStream, NoStream(seen)),
        _ => Compressed(seen, seen.IsRhythm ? Rhythm(seen) : Heartbeats(seen)),
    };

    /// <summary>How late each step of the rhythm came: what is left beside the time that a connection takes.</summary>
    public static IReadOnlyList<TimeSpan> Lags(ProbeObservation seen) =>
        [.. seen.Steps.Select(step => Max(step.Arrived - step.Sent - seen.Connected.GetValueOrDefault(), TimeSpan.Zero))];

    /// <summary>How long a stream may be silent before that says something; <see langword="null"/> when no interval is known.</summary>
    public static TimeSpan? Patience(TimeSpan? toldHeartbeat) => (toldHeartbeat * 1.25) + Tolerance;

    private static string NoStream(ProbeObservation seen) => seen.Status switch
    {
        401 or 403 => $"The answer is {seen.Status}: a key is needed (--api-key-file), or another one.",
        404 or 501 => $"The answer is {seen.Status}: the server has no stream at this address.",
        407 => "A proxy on the way wants credentials (407).",
        >= 300 and < 400 => $"The answer is {seen.Status}, to {seen.Location ?? "nowhere"}: a captive portal, or an address that has moved.",
        200 => $"The answer is {seen.ContentType ?? "without a content type"}, not text/event-stream: another server, or a captive portal's page.",
        502 or 503 or 504 => $"The answer is {seen.Status}: a proxy is there, the server behind it is not.",
        _ => $"The answer is {seen.Status}, and no stream.",
    };

    /// <summary>Bytes that arrive in time are no help to a reader that did not ask for a compressed stream.</summary>
    private static ProbeFinding Compressed(ProbeObservation seen, ProbeFinding finding)
    {
        if (!seen.IsCompressed)
        {
            return finding;
        }

        string cause = $"The stream is compressed ({seen.ContentEncoding}) though nobody asked for that.";
        return finding.Verdict == ProbeVerdict.Streams
            ? new ProbeFinding(ProbeVerdict.NoStream, $"{cause} Its bytes arrive, but a reader of events cannot read them.")
            : finding with { Cause = $"{cause} {finding.Cause}" };
    }

    private static ProbeFinding Rhythm(ProbeObservation seen)
    {
        if (seen.Steps.Count == 0 && seen.IsCompressed)
        {
            return Heartbeats(seen);
        }

        string cut = seen.Failure is null ? "" : $" Then the stream was cut: {seen.Failure}.";
        if (seen.Steps.Count == 0)
        {
            return new(ProbeVerdict.BufferedUntilTheEnd, $"Headers came, and none of {ProbeObservation.RhythmSteps} events in {Text(seen.Lasted)}.{cut}");
        }

        if (seen.Steps.Count < ProbeObservation.RhythmSteps)
        {
            return new(
                ProbeVerdict.PreambleThenBuffered, $"{seen.Steps.Count} of {ProbeObservation.RhythmSteps} events came, and then no more for {Text(seen.Lasted - seen.Steps[^1].Arrived)}.{cut}");
        }

        IReadOnlyList<TimeSpan> lags = Lags(seen);
        TimeSpan worst = lags.Max();
        if (worst <= Tolerance)
        {
            return new(ProbeVerdict.Streams, "Every event came when it was sent.", worst);
        }

        ProbeStep last = seen.Steps[^1];
        if (seen.Steps[0].Arrived >= last.Sent)
        {
            return new(ProbeVerdict.BufferedUntilTheEnd, "All events came together, after the last was sent.", worst);
        }

        // Only what came with the end was late, and it was more than one: had the stream gone on, so would the wait.
        bool withTheEnd = seen.Steps.Where((_, index) => lags[index] > Tolerance).All(step => last.Arrived - step.Arrived <= Together);
        return withTheEnd && lags[0] <= Tolerance && last.Arrived - seen.Steps[^2].Arrived <= Together
            ? new(ProbeVerdict.PreambleThenBuffered, "The first events came at once, the others only with the end.", worst)
            : new(ProbeVerdict.Delayed, $"Events came up to {Text(worst)} late.", worst);
    }

    private static ProbeFinding Heartbeats(ProbeObservation seen)
    {
        string cut = seen.Failure is null ? "" : $" Then it was cut: {seen.Failure}.";
        if (seen.Arrivals.Count == 0)
        {
            return seen.Ended
                ? new(ProbeVerdict.NoStream, "The stream ended without a byte.")
                : new(ProbeVerdict.BufferedUntilTheEnd, $"Headers came, and no byte in {Text(seen.Lasted)}; a server that says nothing at all looks the same.{cut}");
        }

        IReadOnlyList<ProbeArrival> bursts = ProbeBursts.Of(seen.Arrivals);
        TimeSpan first = seen.Arrivals[0].At;
        TimeSpan last = seen.Arrivals[^1].At;
        if (seen.Ended && bursts.Count == 1 && first - seen.Connected > Second && seen.Lasted - last <= Together)
        {
            return new(ProbeVerdict.BufferedUntilTheEnd, $"Everything came at once, with the end, after {Text(first)}.", first - seen.Connected);
        }

        TimeSpan silence = seen.Ended ? TimeSpan.Zero : seen.Lasted - last;
        if (silence > Patience(seen.ToldHeartbeat))
        {
            return new(ProbeVerdict.PreambleThenBuffered, $"First bytes came, and then none for {Text(silence)}, with a heartbeat told for every {Text(seen.ToldHeartbeat.GetValueOrDefault())}.{cut}");
        }

        if (seen is { ToldHeartbeat: null, Ended: false, Failure: null } && bursts.Count == 1)
        {
            return new(ProbeVerdict.PreambleThenBuffered, $"First bytes came, and then none for {Text(silence)}; no heartbeat is told, so a server that has nothing to say looks the same.");
        }

        return Late(seen, bursts) is { } late
            ? new(ProbeVerdict.Delayed, $"Bytes came up to {Text(late)} late, in bursts.{cut}", late)
            : new(ProbeVerdict.Streams, $"Bytes came in {bursts.Count} {(bursts.Count == 1 ? "burst" : "bursts")}, none of them late.{cut}");
    }

    /// <summary>By how much bytes came late: the first of them, or heartbeats that came too far apart or several at once.</summary>
    private static TimeSpan? Late(ProbeObservation seen, IReadOnlyList<ProbeArrival> bursts)
    {
        TimeSpan first = seen.Arrivals[0].At - seen.Headers.GetValueOrDefault();
        IReadOnlyList<TimeSpan> gaps = ProbeBursts.Gaps(bursts);
        TimeSpan longest = gaps.Count == 0 ? TimeSpan.Zero : gaps.Max();
        return seen.ToldHeartbeat switch
        {
            { } told when longest > Patience(told) => longest - told,
            not null when first > Second => first,
            null when bursts.Skip(1).Count(burst => burst.Comments > 1) > 1 => longest,
            _ => null,
        };
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static string Text(TimeSpan time) => time < Second
        ? DurationArgument.Format(time)
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0}s");
}
