namespace Unarr.Agent.Probing;

/// <summary>The verdict about a stream whose rhythm is not known: by its heartbeats, by when it came, and by its silence. No clock,
/// no I/O.</summary>
internal static class ProbeInference
{
    private const string LooksTheSame =
        "no heartbeat is announced, so a server that has nothing to say looks like a path that holds everything back";

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortSilence = TimeSpan.FromSeconds(5);

    /// <summary>How long a stream may be silent before that says something; <see langword="null"/> when no interval is known.</summary>
    public static TimeSpan? Patience(TimeSpan? heartbeat, TimeSpan tolerance) => (heartbeat * 1.25) + tolerance;

    public static ProbeFinding Judge(ProbeObservation seen)
    {
        string cut = seen.Failure is null ? "" : $" Then it was cut: {seen.Failure}.";
        if (seen.Arrivals.Count == 0)
        {
            return seen.Ended
                ? new(ProbeVerdict.NoStream, "The stream ended without a byte.")
                : new(ProbeVerdict.Unknown, $"Headers came, but no byte came in {Text(seen.Lasted)}; {LooksTheSame}.{cut}");
        }

        IReadOnlyList<ProbeArrival> bursts = ProbeBursts.Of(seen.Arrivals);
        TimeSpan waited = seen.Arrivals[0].At - (seen.Established ?? seen.Connected).GetValueOrDefault();
        if (seen.Ended && waited > Second && seen.Lasted - seen.Arrivals[0].At <= ProbeJudge.Max(ProbeJudge.Together, waited / 10))
        {
            return new(ProbeVerdict.BufferedUntilTheEnd, $"Everything came at once, with the end, after {Text(waited)}.", waited);
        }

        if (IsOnePieceBehind(seen, bursts))
        {
            TimeSpan behind = seen.Arrivals[0].At - seen.Headers.GetValueOrDefault();
            string cause = $"The first piece came with the heartbeat after it, {Text(behind)} late, and the others one by one.{cut}";
            return new(ProbeVerdict.OnePieceBehind, cause, behind);
        }

        if (Silent(seen, bursts) is { } silent)
        {
            return silent with { Cause = silent.Cause + cut };
        }

        return Late(seen, bursts) is { } late
            ? new(ProbeVerdict.Delayed, $"Bytes came up to {Text(late)} late, in bursts.{cut}", late)
            : new(ProbeVerdict.Streams,
                $"Bytes came in {bursts.Count} {(bursts.Count == 1 ? "burst" : "bursts")}, none of them late.{cut}");
    }

    /// <summary>First bytes, and then a silence that speaks against the path, or leaves it open; <see langword="null"/> where there is
    /// none.</summary>
    private static ProbeFinding? Silent(ProbeObservation seen, IReadOnlyList<ProbeArrival> bursts)
    {
        TimeSpan silence = seen.Lasted - seen.Arrivals[^1].At;
        if (silence > Patience(seen.ToldHeartbeat, seen.Tolerance))
        {
            return new(
                ProbeVerdict.PreambleThenBuffered,
                $"First bytes came, and then none for {Text(silence)}, "
                + $"with a heartbeat announced for every {Text(seen.ToldHeartbeat.GetValueOrDefault())}.");
        }

        if (seen.Ended)
        {
            return null;
        }

        if (bursts.Count == 1)
        {
            return seen switch
            {
                { Failure: not null } when silence <= Second => new(ProbeVerdict.NoStream, "First bytes came, and no more."),
                { ToldHeartbeat: { } told } => new(
                    ProbeVerdict.Unknown,
                    $"First bytes came, and then none for {Text(silence)}; "
                    + $"the probe did not wait for the next heartbeat, announced for every {Text(told)}."),
                _ => new(ProbeVerdict.Unknown, $"First bytes came, and then none for {Text(silence)}; {LooksTheSame}."),
            };
        }

        return seen.ToldHeartbeat is null && silence > UsualSilence(ProbeBursts.Gaps(bursts), seen.Tolerance)
            ? new(ProbeVerdict.Unknown, $"{bursts.Count} bursts came, and then nothing for {Text(silence)}; {LooksTheSame}.")
            : null;
    }

    /// <summary>A server that tells a heartbeat does so at once: the first piece came an interval late, and no burst has more than one
    /// piece.</summary>
    private static bool IsOnePieceBehind(ProbeObservation seen, IReadOnlyList<ProbeArrival> bursts) =>
        seen.ToldHeartbeat is { } told && told > Second
        && (seen.Arrivals[0].At - seen.Headers.GetValueOrDefault() - told).Duration() <= ProbeJudge.Max(seen.Tolerance, told / 10)
        && bursts.All(burst => burst.Frames == 1);

    /// <summary>How long a stream that tells no heartbeat may be silent, by how it came before.</summary>
    private static TimeSpan UsualSilence(IReadOnlyList<TimeSpan> gaps, TimeSpan tolerance)
    {
        TimeSpan longest = gaps.Max();
        bool isSteady = gaps.Count > 1 && longest <= Patience(gaps.Min(), tolerance);
        return ProbeJudge.Max(ShortSilence, isSteady ? (longest * 1.25) + tolerance : longest * 2);
    }

    /// <summary>By how much bytes came late: the first of them, heartbeats that came too far apart,
    /// or again and again several frames at once.</summary>
    private static TimeSpan? Late(ProbeObservation seen, IReadOnlyList<ProbeArrival> bursts)
    {
        TimeSpan first = seen.Arrivals[0].At - seen.Headers.GetValueOrDefault();
        IReadOnlyList<TimeSpan> gaps = ProbeBursts.Gaps(bursts);
        TimeSpan longest = gaps.Count == 0 ? TimeSpan.Zero : gaps.Max();
        if (seen.ToldHeartbeat is { } told && longest > Patience(told, seen.Tolerance))
        {
            return longest - told;
        }

        if (seen.ToldHeartbeat is not null && first > ProbeJudge.Max(Second, seen.Tolerance))
        {
            return first;
        }

        TimeSpan[] held =
            [.. gaps.Zip(bursts.Skip(1)).Where(burst => burst.First > Second && IsSeveral(burst.Second)).Select(burst => burst.First)];
        return held.Length > 1 && held.Length * 2 > gaps.Count ? held.Max() : null;
    }

    /// <summary>Heartbeats come one by one; of other frames a server may well send two together.</summary>
    private static bool IsSeveral(ProbeArrival burst) => burst.Comments > 1 || burst.Frames > 2;

    private static string Text(TimeSpan time) => ProbeWords.Brief(time);
}
