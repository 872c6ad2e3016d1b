namespace Unarr.Agents.Downlink;

/// <summary>The downlinks' metrics: one meter, of which <c>docs/observability.md</c> lists the instruments.</summary>
/// <remarks>
/// Instruments cost next to nothing while nobody listens, and what comes on a stream is counted once a read, not once a frame. The
/// values of every tag are few and known in advance; what a peer names never becomes one.
/// </remarks>
public static class DownlinkMetrics
{
    /// <summary>The meter's name: <c>Unarr.Pipelines</c>.</summary>
    public const string MeterName = "Unarr.Pipelines";
}
