namespace Unarr.Agent.Probing;

/// <summary>Timings to verdict: no clock, no I/O.</summary>
internal static class ProbeJudge
{
    /// <summary>What came so close to something else came with it.</summary>
    public static readonly TimeSpan Together = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan LongLatency = TimeSpan.FromSeconds(1);

    public static ProbeFinding Judge(ProbeObservation seen) => seen switch
    {
        { Headers: null, Status: 407 } => new(ProbeVerdict.Unreachable, $"There is no way through: {seen.Failure}."),
        { Connected: null } => new(ProbeVerdict.Unreachable, $"No connection was made: {seen.Failure ?? "no answer in time"}."),
        { Headers: null, Failure: { } failure } => new(ProbeVerdict.Unreachable, $"A connection was made, but no answer came: {failure}."),
        { Headers: null, AnswersElsewhere: true } => new(
            ProbeVerdict.BufferedUntilTheEnd,
            $"A connection was made, but nothing came for {Text(seen.Lasted)}, not even headers, while the server answers other requests: "
            + "something on the path holds the whole response back."),
        { Headers: null } => new(
            ProbeVerdict.Unreachable,
            $"A connection was made, but nothing came for {Text(seen.Lasted)}, not even headers, "
            + "and other requests got no answer either: the server does not answer."),
        { IsEventStream: false } => new(ProbeVerdict.NoStream, NoStream(seen)),
        _ => Compressed(seen, seen.IsRhythm ? Rhythm(seen) : ProbeInference.Judge(seen)),
    };

    /// <summary>How late each step of the rhythm came, beside the latency that all of them have.</summary>
    public static IReadOnlyList<TimeSpan> Lags(ProbeObservation seen)
    {
        TimeSpan latency = Latency(seen);
        return [.. seen.Steps.Select(step => Max(step.Arrived - step.Sent - latency, TimeSpan.Zero))];
    }

    /// <summary>
    /// What the handshakes and the network take: as much as the earliest step took, but no more than a second, or than a connection, its
    /// handshakes and one more round trip take, where that is longer.
    /// </summary>
    private static TimeSpan Latency(ProbeObservation seen)
    {
        TimeSpan connected = seen.Connected.GetValueOrDefault();
        TimeSpan established = seen.Established ?? connected;
        TimeSpan roundTrip = Max(connected, established - connected);
        TimeSpan earliest = seen.Steps.Count == 0 ? TimeSpan.Zero : seen.Steps.Min(step => step.Arrived - step.Sent);
        return Min(Max(earliest, TimeSpan.Zero), Max(established + roundTrip, LongLatency));
    }

    private static string NoStream(ProbeObservation seen) => seen.Status switch
    {
        401 or 403 => $"The answer is {seen.Status}: the server wants a key (--api-key-file), or another key.",
        404 or 501 => $"The answer is {seen.Status}: the server has no stream at this address.",
        407 => $"There is no way through: {seen.Failure ?? "a proxy on the way wants authentication (HTTP 407)"}.",
        >= 300 and < 400 =>
            $"The answer is {seen.Status}, to {seen.Location ?? "nowhere"}: a captive portal, or an address that has moved.",
        200 => $"The answer is {seen.ContentType ?? "without a content type"}, not text/event-stream: "
            + "another server, or a captive portal's page.",
        502 or 503 or 504 => $"The answer is {seen.Status}: a proxy answers, but it does not reach the server.",
        _ => $"The answer is {seen.Status}, and it is not a stream.",
    };

    /// <summary>Bytes that arrive in time are no help to a reader that did not ask for a compressed stream.</summary>
    private static ProbeFinding Compressed(ProbeObservation seen, ProbeFinding finding)
    {
        if (!seen.IsCompressed)
        {
            return finding;
        }

        string cause = $"The stream is compressed ({seen.ContentEncoding}) though nobody asked for that.";
        return finding.Verdict switch
        {
            ProbeVerdict.Streams => new ProbeFinding(
                ProbeVerdict.NoStream, $"{cause} Its bytes arrive, but a reader of events cannot read them."),

            // What compresses holds bytes back until its block is full: that explains the silence.
            ProbeVerdict.Unknown => finding with
            {
                Verdict = seen.Arrivals.Count == 0 ? ProbeVerdict.BufferedUntilTheEnd : ProbeVerdict.PreambleThenBuffered,
                Cause = $"{cause} {finding.Cause}",
            },
            _ => finding with { Cause = $"{cause} {finding.Cause}" },
        };
    }

    private static ProbeFinding Rhythm(ProbeObservation seen)
    {
        if (seen.Steps.Count == 0 && seen.IsCompressed)
        {
            return ProbeInference.Judge(seen);
        }

        string cut = seen.Failure is null ? "" : $" Then the stream was cut: {seen.Failure}.";
        if (seen.Steps.Count == 0)
        {
            return new(ProbeVerdict.BufferedUntilTheEnd,
                $"Headers came, but none of {ProbeObservation.RhythmSteps} events came in {Text(seen.Lasted)}.{cut}");
        }

        if (OnePieceBehind(seen) is { } behind)
        {
            return new(
                ProbeVerdict.OnePieceBehind, $"Each event came only when the next one was sent, up to {Text(behind)} late.{cut}", behind);
        }

        if (seen.Steps.Count < ProbeObservation.RhythmSteps)
        {
            return new(
                ProbeVerdict.PreambleThenBuffered,
                $"{seen.Steps.Count} of {ProbeObservation.RhythmSteps} events came, and then no more "
                + $"for {Text(seen.Lasted - seen.Steps[^1].Arrived)}.{cut}");
        }

        IReadOnlyList<TimeSpan> lags = Lags(seen);
        TimeSpan worst = lags.Max();
        if (worst <= seen.Tolerance)
        {
            return new(ProbeVerdict.Streams, "Every event came when it was sent.", worst);
        }

        ProbeStep last = seen.Steps[^1];
        if (seen.Steps[0].Arrived - Latency(seen) >= last.Sent)
        {
            return new(ProbeVerdict.BufferedUntilTheEnd, "All events came together, after the last was sent.", worst);
        }

        // Only what came with the end was late, and it was more than one: had the stream gone on, so would the wait.
        bool withTheEnd = seen.Steps.Where((_, index) => lags[index] > seen.Tolerance).All(step => last.Arrived - step.Arrived <= Together);
        return withTheEnd && lags[0] <= seen.Tolerance && last.Arrived - seen.Steps[^2].Arrived <= Together
            ? new(ProbeVerdict.PreambleThenBuffered, "The first events came at once, the others only with the end.", worst)
            : new(ProbeVerdict.Delayed, $"Events came up to {Text(worst)} late.", worst);
    }

    /// <summary>By how much events came late that all came with the one after them; the last one came with the end, or never.</summary>
    private static TimeSpan? OnePieceBehind(ProbeObservation seen)
    {
        if (seen.Steps.Count < ProbeObservation.RhythmSteps - 1)
        {
            return null;
        }

        // The last event's time is known even where it never came: the rhythm's is.
        TimeSpan[] sent = [.. seen.Steps.Take(ProbeObservation.RhythmSteps - 1).Select(step => step.Sent), ProbeObservation.LastStep(seen)];
        TimeSpan latency = Min(Latency(seen), Max(seen.Steps[0].Arrived - sent[1], TimeSpan.Zero));
        TimeSpan[] behind = [.. sent.Skip(1).Zip(seen.Steps).Select(pair => (pair.Second.Arrived - latency - pair.First).Duration())];
        TimeSpan worst = sent.Skip(1).Zip(sent).Max(pair => pair.First - pair.Second);
        return worst > seen.Tolerance && behind.All(off => off <= Min(seen.Tolerance, Together)) ? worst : null;
    }

    public static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static string Text(TimeSpan time) => ProbeWords.Brief(time);
}
