using System.Diagnostics;
using System.Globalization;

namespace Unarr.Pipelines.Bench.Fleet;

/// <summary>What controls of agents that are not connected cost: their pushes, and the start of a node that finds them pending.</summary>
/// <param name="fleet">The three nodes.</param>
/// <param name="single">The one node with a file.</param>
/// <param name="size">How much is measured.</param>
internal sealed class PendingFigures(Deployment fleet, Deployment single, FleetSize size)
{
    private const int InFlight = 64;
    private const int PushedAtOnce = 5000;

    public async Task MeasureAsync()
    {
        List<Start> fleetEmpty = await RestartAsync(fleet);
        await PushAsync();
        List<Start> singleFull = await RestartAsync(single);
        List<Start> fleetFull = await RestartAsync(fleet);
        string what = string.Create(CultureInfo.InvariantCulture, $"start of a node, {size.Documents:N0} agents with a pending control");
        Print(fleetEmpty, "nothing is pending");
        Print(singleFull, FleetTable.OneNode);

        void Print(List<Start> starts, string besideIt)
        {
            FleetTable.PrintMedians($"{what}: until it listens", fleetFull, starts, static start => start.Seconds, "0.0 s", besideIt);
            FleetTable.PrintMedians($"{what}: resident then", fleetFull, starts, static start => start.MiB, "0 MiB", besideIt);
        }
    }

    /// <summary>Pushes to all agents: for some seconds one by one, in turns, and the rest in long requests.</summary>
    private async Task PushAsync()
    {
        List<Rate> fleets = [];
        List<Rate> singles = [];
        int fleetPushed = 0;
        int singlePushed = 0;
        for (int round = 0; round <= size.Rounds; round++)
        {
            Rate one = await PushAsync(fleet, () => Interlocked.Increment(ref fleetPushed) - 1);
            Rate other = await PushAsync(single, () => Interlocked.Increment(ref singlePushed) - 1);

            // The first compiles what the others use.
            fleets.AddRange(round > 0 ? [one] : []);
            singles.AddRange(round > 0 ? [other] : []);
        }

        FleetTable.PrintMedians(
            $"synced pushes a second, {InFlight} in flight at each node", fleets, singles, static rate => rate.PerSecond, "#,0");
        FleetTable.PrintMedians(
            "processor of such a push, nodes and servers", fleets, singles, static rate => rate.Microseconds, "0 µs");
        await PushRestAsync(fleet.Nodes[0], fleetPushed);
        await PushRestAsync(single.Nodes[0], singlePushed);
    }

    /// <summary>Pushes for some seconds, each time to an agent that has nothing pending.</summary>
    private async Task<Rate> PushAsync(Deployment deployment, Func<int> next)
    {
        TimeSpan before = deployment.NodesTime + deployment.ServersTime;
        long begin = Stopwatch.GetTimestamp();
        int[] counts = await Task.WhenAll(deployment.Nodes.SelectMany(node => Enumerable.Range(0, InFlight).Select(async _ =>
        {
            int count = 0;
            while (Stopwatch.GetElapsedTime(begin) < size.Round && next() is int agent && agent < size.Documents)
            {
                await node.PushAsync(agent, "one");
                count++;
            }

            return count;
        })));
        double passed = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        TimeSpan spent = deployment.NodesTime + deployment.ServersTime - before;
        return new Rate(counts.Sum() / passed, spent.TotalMicroseconds / counts.Sum());
    }

    private async Task PushRestAsync(Node node, int pushed)
    {
        foreach (int[] agents in Enumerable.Range(0, size.Documents).Skip(pushed).Chunk(PushedAtOnce))
        {
            await node.PushAsync(agents, "many");
        }
    }

    private async Task<List<Start>> RestartAsync(Deployment deployment)
    {
        List<Start> starts = [];
        for (int round = 0; round < size.Rounds; round++)
        {
            (TimeSpan listened, long bytes) = await deployment.RestartAsync();
            starts.Add(new Start(listened.TotalSeconds, bytes / 1024.0 / 1024));
        }

        return starts;
    }

    /// <summary>How many pushes a second there were, and the processor's time of each.</summary>
    private sealed record Rate(double PerSecond, double Microseconds);

    /// <summary>After which time a node listened, and what it had in memory then.</summary>
    private sealed record Start(double Seconds, double MiB);
}
