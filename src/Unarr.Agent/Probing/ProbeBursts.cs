namespace Unarr.Agent.Probing;

/// <summary>Arrivals that belong together: what comes within 50 milliseconds of its first byte is one burst.</summary>
internal static class ProbeBursts
{
    public static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(50);

    public static IReadOnlyList<ProbeArrival> Of(IReadOnlyList<ProbeArrival> arrivals)
    {
        List<ProbeArrival> bursts = [];
        foreach (ProbeArrival arrival in arrivals)
        {
            if (bursts.Count > 0 && arrival.At - bursts[^1].At <= Apart)
            {
                ProbeArrival burst = bursts[^1];
                bursts[^1] = new ProbeArrival(
                    burst.At, burst.Bytes + arrival.Bytes, burst.Comments + arrival.Comments, burst.Events + arrival.Events);
            }
            else
            {
                bursts.Add(arrival);
            }
        }

        return bursts;
    }

    /// <summary>The times between the bursts, in order.</summary>
    public static IReadOnlyList<TimeSpan> Gaps(IReadOnlyList<ProbeArrival> bursts) =>
        [.. bursts.Skip(1).Select((burst, index) => burst.At - bursts[index].At)];
}
