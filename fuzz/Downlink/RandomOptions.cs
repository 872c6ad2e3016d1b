using Unarr.Agents.Downlink;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>Options that nobody would choose, from a seed.</summary>
internal static class RandomOptions
{
    public static DownlinkSettings Of(Random random) => new()
    {
        AgentId = "a",
        Mode = random.Next(2) == 0 ? DownlinkMode.Auto : (DownlinkMode)random.Next(3),
        ReconnectDelay = Between(random, 0.1, 60),
        FirstFrameGrace = Between(random, 0.2, 30),
        LivenessTimeout = random.Next(2) == 0 ? null : Between(random, 3, 300),
        MaxStreamFailures = random.Next(1, 6),
        FallbackWindow = Between(random, 5, 3600),
        PollRetryDelay = Between(random, 0.1, 60),
        SyncInterval = Between(random, 1, 120),
    };

    /// <summary>Short and long ones alike.</summary>
    private static TimeSpan Between(Random random, double least, double most) =>
        TimeSpan.FromSeconds(least * Math.Pow(most / least, random.NextDouble()));
}
