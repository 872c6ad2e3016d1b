using Unarr.Agents.Downlink;



namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>How long an agent with given options may be blind, and how often it may ask, on a path that behaves in a given way;
/// derived from the rule.</summary>
internal sealed class NetworkBounds(DownlinkSettings options)
{
    private static readonly DownlinkSettings Usual = new() { AgentId = "a" };
    private static readonly TimeSpan Connect = S(10);
    private static readonly TimeSpan PollDeadline = S(45);

    /// <summary>1.25 times the longest interval that can be learnt.</summary>
    private static readonly TimeSpan LongestSilence = S(150);

    private static readonly TimeSpan Slack = TimeSpan.FromTicks(1000);

    private TimeSpan Grace => options.FirstFrameGrace;

    private TimeSpan LongestPollDelay => Longer(S(30), options.PollRetryDelay);

    /// <summary>"1–2 × reconnect delay."</summary>
    private TimeSpan LongestReconnect => options.ReconnectDelay * 2;

    /// <summary>What is open by then shows what the path is like now: silence may last as long on a stream that had to be opened first,
    /// after a reconnect delay and a grace that may be longer than usual.</summary>
    private TimeSpan Settled => LongestPollDelay + Connect + LongestSilence
        + Longer(TimeSpan.Zero, (options.ReconnectDelay - Usual.ReconnectDelay) * 2) + Longer(TimeSpan.Zero, Grace - Usual.FirstFrameGrace);

    public void Check(Script script, Simulation simulation)
    {
        // A mirror beside it that is always dead costs its refusal at each connect, and nothing else.
        TimeSpan refusal = script.Paths.Length > 1 ? script.Paths[1][0].Behaviour.Latency : TimeSpan.Zero;
        IReadOnlyList<Segment> path = script.Paths[0];
        for (int index = 0; index < path.Count && options.Mode != DownlinkMode.Stream; index++)
        {
            TimeSpan ends = index + 1 < path.Count ? path[index + 1].From : script.Length;
            CheckSegment(path, index, ends < script.Length ? ends : script.Length, refusal, simulation);
        }

        // "No effect storms": every route backs off, whatever the network does.
        CheckRate("events", simulation.Attempts, 20 + (3 * MoreDoublings(Usual.ReconnectDelay, options.ReconnectDelay)));
        CheckRate("wake", simulation.PollRequests, 75 + (3 * MoreDoublings(Usual.PollRetryDelay, options.PollRetryDelay)));
        CheckRate("sync", simulation.SyncRequests, 120 + MoreSyncs());
    }

    private void CheckSegment(IReadOnlyList<Segment> path, int index, TimeSpan ends, TimeSpan refusal, Simulation simulation)
    {
        Segment segment = path[index];
        Behaviour behaviour = segment.Behaviour;
        if (!behaviour.PollCovers || !behaviour.Answers)
        {
            return;
        }

        TimeSpan asked = LeftAlone(path, index);
        int episodes = 0;
        foreach ((TimeSpan at, TimeSpan length) in simulation.Coverage.Episodes)
        {
            if (at < segment.From || at >= ends)
            {
                continue;
            }

            bool settled = at >= segment.From + Settled + asked;
            TimeSpan most = (settled ? Steady(behaviour) : Recovery(path, index) + asked) + (2 * refusal);
            if (length > most + Slack)
            {
                throw new InvalidOperationException($"blind for {length} at {at}, at most {most}: {behaviour}");
            }

            if (settled)
            {
                episodes++;
            }
        }

        CheckDeaf(segment, ends, Steady(behaviour) + (2 * refusal), asked, simulation);

        // Once settled, a proven stream's end, or silence where a buffer's periods come near the heartbeat's, makes blind for a connect;
        // where neither happens nothing does, but for the up to four heartbeats by which a longer interval is learnt. A path that holds
        // pieces back moves heartbeats to where events are, and nothing is learnt from them.
        // A configured liveness timeout that is shorter than the gap between two heartbeats ends proven streams too.
        bool outlivesGaps = options.LivenessTimeout is not { } liveness || liveness > behaviour.Beat * 1.25;
        bool steady = behaviour.Ends == TimeSpan.Zero && behaviour.FlushEvery == TimeSpan.Zero && !behaviour.HoldsBack && outlivesGaps;
        if (episodes > (steady ? 5 : 2 + (int)((ends - segment.From) / S(4))))
        {
            throw new InvalidOperationException($"{episodes} times blind on a path that had settled at {segment.From}: {behaviour}");
        }
    }

    /// <summary>Once settled, what the agent trusts delivers: no push waits but where the agent knows that it is blind.
    /// Left out are buffers whose periods come near the heartbeat's, which nothing at this end can tell from a path that
    /// delivers.</summary>
    private void CheckDeaf(Segment segment, TimeSpan ends, TimeSpan most, TimeSpan asked, Simulation simulation)
    {
        if (segment.Behaviour is { HoldsBack: true, CommentsAfterEvents: false }
            || segment.Behaviour.FlushEvery > TimeSpan.Zero || segment.Behaviour.HandlerIsBusy)
        {
            return;
        }

        TimeSpan settled = segment.From + Settled + asked;
        foreach ((TimeSpan at, TimeSpan length) in simulation.Coverage.DeafEpisodes)
        {
            TimeSpan from = at > settled ? at : settled;
            if (from < ends && at + length - from > most + Slack)
            {
                throw new InvalidOperationException($"deaf for {at + length - from} at {from}, at most {most}: {segment.Behaviour}");
            }
        }
    }

    /// <summary>The grace and a connect, after a recycled stream the reconnect delay too; after an outage "30 s and a connect", where what
    /// was under way has to end first.</summary>
    private TimeSpan Recovery(IReadOnlyList<Segment> path, int index)
    {
        Behaviour behaviour = path[index].Behaviour;
        TimeSpan delay = TimeSpan.Zero;
        TimeSpan underWay = TimeSpan.Zero;
        TimeSpan reconnect = Grace + behaviour.Latency;
        for (int before = 0; before <= index; before++)
        {
            Behaviour earlier = path[before].Behaviour;
            bool sticks = before > 0 && path[before].Open == OpenConnections.Stick;
            if ((before > 0 && path[before].Open != OpenConnections.Adopt) || (before < index && !earlier.PollCovers))
            {
                delay = LongestPollDelay;
            }

            // What stood still with the handler goes on from where it was.
            TimeSpan ends = sticks || earlier.Reach == Reach.Unanswered || (before < index && earlier.HandlerIsBusy) ? PollDeadline
                : earlier.Reach == Reach.BlackHole ? before > 0 ? PollDeadline : Connect
                // A refusal under way arrives, and the delay runs from then.
                : before < index ? earlier.Latency
                : TimeSpan.Zero;
            // The gap of a server that sent no heartbeats for a while is learnt once it does: up to 2 min, so that silence is noticed after
            // 150 s.
            ends = before < index && earlier.Beat == TimeSpan.Zero && earlier.EventEvery > TimeSpan.Zero ? LongestSilence : ends;
            underWay = ends > underWay ? ends : underWay;
            reconnect = earlier.RecycleAfter > TimeSpan.Zero ? Grace + LongestReconnect + (2 * behaviour.Latency) : reconnect;
        }

        return underWay + delay + reconnect + behaviour.Latency;
    }

    /// <summary>A poll's connect after a stream's end; after a recycled one up to twice the reconnect delay,
    /// and the grace if the next is mute.</summary>
    private TimeSpan Steady(Behaviour behaviour) => behaviour.RecycleAfter > TimeSpan.Zero
        ? LongestReconnect + (2 * behaviour.Latency) + (behaviour.StreamDelivers && behaviour.Greets ? TimeSpan.Zero : Grace)
        : behaviour.Latency;

    /// <summary>How long the server may have asked to be left alone, or a refused key is not tried again.</summary>
    private static TimeSpan LeftAlone(IReadOnlyList<Segment> path, int index)
    {
        TimeSpan longest = TimeSpan.Zero;
        for (int before = 0; before < index; before++)
        {
            Behaviour behaviour = path[before].Behaviour;
            TimeSpan time = IsRefused(behaviour) ? TimeSpan.FromMinutes(17)
                : behaviour.Wake == Refusal.Busy || behaviour.Events == Refusal.Busy ? behaviour.RetryAfter * 1.1
                : TimeSpan.Zero;
            longest = time > longest ? time : longest;
        }

        return longest;
    }

    private static bool IsRefused(Behaviour behaviour) => behaviour.Events is Refusal.Unauthorized or Refusal.Gone
        || behaviour.Wake is Refusal.Unauthorized or Refusal.Gone || behaviour.Sync == Refusal.Gone;

    private static void CheckRate(string endpoint, List<TimeSpan> requests, int perMinute)
    {
        for (int index = perMinute; index < requests.Count; index++)
        {
            if (requests[index] - requests[index - perMinute] < S(60))
            {
                throw new InvalidOperationException(
                    $"more than {perMinute} requests for {endpoint} in the minute before {requests[index]}");
            }
        }
    }

    /// <summary>How many more delays there are in a row when they double from a shorter first one.</summary>
    private static int MoreDoublings(TimeSpan usual, TimeSpan first) => first >= usual ? 0 : (int)Math.Ceiling(Math.Log2(usual / first));

    /// <summary>How many more syncs a minute has when their interval, 10 % shorter at times, is shorter than usual.</summary>
    private int MoreSyncs() => options.SyncInterval >= Usual.SyncInterval
        ? 0
        : (int)Math.Ceiling((S(60) / (options.SyncInterval * 0.9)) - (S(60) / (Usual.SyncInterval * 0.9)));

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);
}
