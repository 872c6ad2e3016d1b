namespace Unarr.Pipelines.Bench.Benchmarks;

/// <summary>The processor time of this process in the contestants of <see cref="HttpBench"/>,
/// of which the wall time is the server's too.</summary>
internal static class ProcessorTime
{
    private static readonly Dictionary<string, List<double>> Spent = [];

    /// <summary>The median of each contestant's operations.</summary>
    public static IEnumerable<(string Contestant, double NanosecondsPerEvent)> All =>
        Spent.Select(static spent => (spent.Key, spent.Value.Order().ElementAt(spent.Value.Count / 2)));

    public static void Add(string contestant, TimeSpan time, long events)
    {
        if (!Spent.TryGetValue(contestant, out List<double>? operations))
        {
            Spent[contestant] = operations = [];
        }

        operations.Add(time.TotalNanoseconds / events);
    }
}
