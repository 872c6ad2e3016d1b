using Unarr.Pipelines.Pacing;

namespace Unarr.Agents.Downlink.Syncing;

/// <summary>How far apart syncs are, so that agents whose control plane went away together do not come back together.</summary>
internal static class SyncPace
{
    /// <summary>For how long after the first sync that succeeds again the routes of all agents may be coming back.</summary>
    public static readonly TimeSpan Recovery = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan MostBroughtForward = TimeSpan.FromSeconds(10);

    /// <summary>How often a stream's events may ask for a sync: ten at once, then one a second.</summary>
    public static RateBound Events() => new(10, TimeSpan.FromSeconds(1));

    /// <summary>"Sync intervals carry ±10 % jitter"; those after the first three failed ones are anything up to 1.1 intervals:
    /// what ended for all agents at once has made all of them sync at once, and they would keep step for minutes.</summary>
    public static TimeSpan Next(TimeSpan interval, int failures, double random) =>
        failures is > 0 and <= 3 ? interval * (0.1 + random) : Backoff.Jittered(interval, random);

    /// <summary>When to list again what the control plane could not store: 1 to 2 s.</summary>
    public static TimeSpan NotStored(double random) => TimeSpan.FromSeconds(1 + random);

    /// <summary>When to sync for a route that is back: "at a random moment within an interval, at most 10 s".</summary>
    public static TimeSpan BroughtForward(TimeSpan interval, double random) =>
        (interval < MostBroughtForward ? interval : MostBroughtForward) * random;
}
