using System.Diagnostics;
using NATS.Client.Core;
using Unarr.EndToEnd.Tests.ControlPlane;
using Unarr.EndToEnd.Tests.Nats;
using Xunit.Abstractions;

namespace Unarr.EndToEnd.Tests.Fleet;

/// <summary>What a fleet costs: messages for agents that say nothing, and the time from a push to the agent.</summary>
[Collection(nameof(FleetTroubleTests))]
public sealed class FleetCostTests(ITestOutputHelper output)
{
    private const int Agents = 20;

    [SkippableFact]
    public async Task Agents_that_say_nothing_cost_nats_nothing()
    {
        await using NatsServer server = await NatsServer.StartSingleAsync();
        await using RunningControlPlane one = await FleetNode.StartAsync(server.Url, "unarr", "one", Agents);
        await using RunningControlPlane two = await FleetNode.StartAsync(server.Url, "unarr", "two", Agents);
        List<AgentEvents> streams = [];
        for (int i = 1; i <= Agents; i++)
        {
            streams.Add(await one.OpenStreamAsync($"a{i}", after: ""));
            await two.SyncAsync($"a{i}", after: "");
        }

        await using NatsConnection listener = new(new NatsOpts { Url = server.Url });
        await using INatsSub<byte[]> all = await listener.SubscribeCoreAsync<byte[]>(">");
        await listener.PingAsync();

        // The agents' names are stored once, by then.
        await SyncForAsync(one, two, TimeSpan.FromSeconds(2));
        Drain(all);
        int syncs = await SyncForAsync(one, two, TimeSpan.FromSeconds(12));
        List<string> subjects = Drain(all);

        // The nodes report themselves, compare their copies and are sent heartbeats, however many agents there are.
        output.WriteLine($"{syncs} syncs, {subjects.Count} messages of nodes, {OfAgents(subjects).Length} of agents");
        Assert.NotEmpty(subjects);
        Assert.Empty(OfAgents(subjects));

        // As after the first node's death: all its agents come to the other one.
        await CloseAsync(streams);
        for (int i = 1; i <= Agents; i++)
        {
            streams.Add(await two.OpenStreamAsync($"a{i}", after: ""));
        }

        await SyncForAsync(two, two, TimeSpan.FromSeconds(3));
        subjects = Drain(all);
        output.WriteLine($"{Agents} agents came to the other node: {OfAgents(subjects).Length} messages of agents");
        Assert.NotEmpty(subjects);
        Assert.Empty(OfAgents(subjects));
        await CloseAsync(streams);
    }

    [SkippableFact]
    public async Task Push_to_an_agent_of_another_node_takes_about_as_long_as_to_one_of_the_same_node()
    {
        await using NatsCluster cluster = await NatsCluster.StartAsync();
        await using RunningControlPlane one = await FleetNode.StartAsync(cluster.Urls, "unarr", "one");
        await using RunningControlPlane two = await FleetNode.StartAsync(cluster.Urls, "unarr", "two");
        await using AgentEvents here = await one.OpenStreamAsync("a1", after: "");
        await using AgentEvents there = await two.OpenStreamAsync("a2", after: "");
        List<double> sames = [];
        List<double> others = [];
        for (int round = 0; round < 11; round++)
        {
            one.Renew();
            two.Renew();
            double[] hereNow = await MeasureAsync(one, "a1", here);
            double[] thereNow = await MeasureAsync(one, "a2", there);

            // The first round warms up.
            sames.AddRange(round == 0 ? [] : hereNow);
            others.AddRange(round == 0 ? [] : thereNow);
        }

        double[] same = [.. sames.Order()];
        double[] other = [.. others.Order()];
        output.WriteLine(
            $"same node: p50 {same[250]:0.0} ms, p99 {same[495]:0.0} ms; other node: p50 {other[250]:0.0} ms, p99 {other[495]:0.0} ms");
        Assert.True(other[250] < same[250] + 3, $"{other[250]} ms beside {same[250]} ms");
    }

    private static string[] OfAgents(List<string> subjects) =>
    [
        .. subjects.Where(subject => subject.StartsWith("unarr.", StringComparison.Ordinal)
            || subject.StartsWith("$KV.", StringComparison.Ordinal))
            .Where(subject => !subject.StartsWith("$KV.unarr_nodes.", StringComparison.Ordinal)),
    ];

    private static async Task CloseAsync(List<AgentEvents> streams)
    {
        foreach (AgentEvents stream in streams)
        {
            await stream.DisposeAsync();
        }

        streams.Clear();
    }

    private static async Task<int> SyncForAsync(RunningControlPlane one, RunningControlPlane two, TimeSpan length)
    {
        long start = Stopwatch.GetTimestamp();
        int syncs = 0;
        while (Stopwatch.GetElapsedTime(start) < length)
        {
            one.Renew();
            two.Renew();
            for (int i = 1; i <= Agents; i++, syncs++)
            {
                Assert.Equal(200, (await (i % 2 == 0 ? one : two).SyncAsync($"a{i}", after: "")).Status);
            }
        }

        return syncs;
    }

    private static List<string> Drain(INatsSub<byte[]> all)
    {
        List<string> subjects = [];
        while (all.Msgs.TryRead(out NatsMsg<byte[]> message))
        {
            subjects.Add(message.Subject);
        }

        return subjects;
    }

    /// <returns>The times of 50 pushes in milliseconds, from the operator's request to the event.</returns>
    private static async Task<double[]> MeasureAsync(RunningControlPlane node, string agent, AgentEvents events)
    {
        List<double> times = [];
        for (int i = 0; i < 50; i++)
        {
            long start = Stopwatch.GetTimestamp();
            Task<string[]> push = node.PushAsync(agent, """{"action":"pause"}""");
            string? frame;
            do
            {
                frame = await events.NextAsync();
            }
            while (!frame!.StartsWith("command ", StringComparison.Ordinal));
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            string[] ids = await push;
            Assert.Contains(ids[0], frame, StringComparison.Ordinal);
            Assert.Equal(200, (await node.SyncAsync(agent, $$""","appliedControls":["{{ids[0]}}"]""", after: ids[0])).Status);
        }

        return [.. times];
    }
}
