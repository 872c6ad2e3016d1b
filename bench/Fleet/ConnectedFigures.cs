using System.Diagnostics;
using System.Globalization;
using Unarr.Pipelines.Bench.Load;

namespace Unarr.Pipelines.Bench.Fleet;

/// <summary>What connected agents cost: memory, messages, and pushes to them.</summary>
/// <param name="fleet">The three nodes.</param>
/// <param name="single">The one node with a file.</param>
/// <param name="size">How much is measured; the keys are of three agents more.</param>
internal sealed class ConnectedFigures(Deployment fleet, Deployment single, FleetSize size)
{
    public async Task MeasureAsync()
    {
        // One agent on each node, which compiles there what the others use.
        ChildProcess near = await fleet.ConnectOneAsync(fleet.Nodes[0], size.Agents);
        await fleet.ConnectOneAsync(fleet.Nodes[1], size.Agents + 1);
        await fleet.ConnectOneAsync(fleet.Nodes[2], size.Agents + 2);
        ChildProcess alone = await single.ConnectOneAsync(single.Nodes[0], size.Agents);
        await Task.Delay(size.SyncInterval);
        TimeSpan minute = size.SyncInterval * FleetSize.Syncs;
        long without = await MessagesAsync(Task.Delay(minute));
        (long fleetBytes, long singleBytes) = (fleet.ResidentBytes, single.ResidentBytes);
        await fleet.ConnectAsync(size.Agents);
        await single.ConnectAsync(size.Agents);

        // The first sync brings what is stored of each agent once.
        await Task.WhenAll(fleet.SyncAsync(1, size.SyncInterval), single.SyncAsync(1, size.SyncInterval));
        await Task.Delay(size.SyncInterval);
        FleetTable.Print(
            "memory of an agent", Each(fleet.ResidentBytes - fleetBytes), Each(single.ResidentBytes - singleBytes), "0.0 KiB",
            FleetTable.OneNode);
        long idle = await MessagesAsync(fleet.SyncAsync(FleetSize.Syncs, size.SyncInterval));
        FleetTable.Print(
            string.Create(
                CultureInfo.InvariantCulture,
                $"messages in NATS in {minute.TotalSeconds:0} s, {size.Agents * FleetSize.Syncs:N0} syncs of idle agents"),
            idle, without, "#,0", "the same nodes without agents");
        await PushToOneAsync(near, alone);
        await PushToAllAsync();

        double Each(long bytes) => bytes / 1024.0 / size.Agents;
    }

    private async Task<long> MessagesAsync(Task during)
    {
        long before = await fleet.Servers!.CountMessagesAsync();
        await during;
        return await fleet.Servers.CountMessagesAsync() - before;
    }

    private async Task PushToOneAsync(ChildProcess near, ChildProcess alone)
    {
        List<double> other = [];
        List<double> same = [];
        List<double> file = [];
        int warmUps = size.Pushes / 5;
        for (int push = -warmUps; push < size.Pushes; push++)
        {
            // In turns: what disturbs the machine disturbs all.
            other.Add(await TimeAsync(fleet.Nodes[1], near, $"other-{push}"));
            same.Add(await TimeAsync(fleet.Nodes[0], near, $"same-{push}"));
            file.Add(await TimeAsync(single.Nodes[0], alone, $"file-{push}"));
        }

        foreach ((string name, double share) in ((string, double)[])[("p50", 0.5), ("p99", 0.99)])
        {
            (double there, double here, double once) = (Quantile(other), Quantile(same), Quantile(file));
            FleetTable.Print(
                $"push at another node than the agent's, until it has the bytes, {name}", there, here, "0.0 ms",
                "push at the agent's node");
            FleetTable.Print($"push at the agent's node, until it has the bytes, {name}", here, once, "0.0 ms", FleetTable.OneNode);

            double Quantile(List<double> times) => times.Skip(warmUps).Order().ElementAt((int)Math.Ceiling(share * size.Pushes) - 1);
        }
    }

    /// <returns>The milliseconds from before a push to when the agent has its bytes.</returns>
    private async Task<double> TimeAsync(Node node, ChildProcess agent, string task)
    {
        agent.Write($"\"taskId\":\"{task}\" 0");
        await agent.ReadAsync();
        long begin = Stopwatch.GetTimestamp();
        await node.PushAsync(size.Agents, task);
        long came = long.Parse(await agent.ReadAsync(), CultureInfo.InvariantCulture);
        await agent.ReadAsync();
        return Stopwatch.GetElapsedTime(begin, came).TotalMilliseconds;
    }

    private async Task PushToAllAsync()
    {
        List<Broadcast> fleets = [];
        List<Broadcast> singles = [];
        for (int round = 0; round <= size.Rounds; round++)
        {
            Broadcast one = await fleet.BroadcastAsync($"all-{round}");
            Broadcast other = await single.BroadcastAsync($"all-{round}");

            // The first compiles what the others use.
            fleets.AddRange(round > 0 ? [one] : []);
            singles.AddRange(round > 0 ? [other] : []);
        }

        string what = string.Create(CultureInfo.InvariantCulture, $"one push to all {size.Agents:N0} agents");
        FleetTable.PrintMedians(
            $"{what}: until the last has the bytes", fleets, singles, static push => push.Last.TotalMilliseconds, "#,0 ms");
        FleetTable.PrintMedians(
            $"{what}: processor of the nodes, each", fleets, singles, static push => push.Nodes.TotalMicroseconds, "0 µs");
        FleetTable.PrintMedians(
            $"{what}: the same with the servers", fleets, singles, static push => (push.Nodes + push.Servers).TotalMicroseconds, "0 µs");
    }
}
