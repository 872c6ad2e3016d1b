namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>Streams one after the other, and the options they meet.</summary>
/// <param name="MaxStreamFailures">After how many unhealthy ones in a row the long-poll takes over.</param>
/// <param name="Fates">What becomes of each.</param>
public sealed record StreamFates(int MaxStreamFailures, StreamFate[] Fates)
{
    public override string ToString() => $"fallback after {MaxStreamFailures}: {string.Join(", ", Fates)}";
}
