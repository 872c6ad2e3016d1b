namespace Unarr.Agents.Downlink;

/// <summary>The meter of all downlinks. <c>docs/observability.md</c> lists its instruments.</summary>
/// <remarks>
/// An instrument costs next to nothing while nobody listens. Each read of a stream is counted once, not each frame. The values of every tag
/// are few and known in advance; a peer's text never becomes one.
/// </remarks>
public static class DownlinkMetrics
{
    /// <summary>The name of the meter: <c>Unarr.Pipelines</c>.</summary>
    public const string MeterName = "Unarr.Pipelines";
}
