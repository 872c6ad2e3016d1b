using Unarr.Agents.Downlink;
using Xunit;
using Xunit.Abstractions;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>10,000 agents whose server goes away for 60 s and comes back.</summary>
public sealed class HerdTests(ITestOutputHelper output)
{
    private const int Agents = 10_000;
    private const int Away = 300;
    private const int Back = Away + 60;
    private const int Seconds = Back + 240;

    [Theory]
    [InlineData("Refused")]
    [InlineData("BlackHole")]
    [InlineData("Unanswered")]
    public void No_second_sees_more_than_1000_requests_for_events_or_twice_the_steady_rate_of_all(string reach)
    {
        int[] events = new int[Seconds + 60];
        int[] polls = new int[Seconds + 60];
        int[] syncs = new int[Seconds + 60];
        int seed = Environment.TickCount;
        for (int agent = 0; agent < Agents; agent++)
        {
            Simulate(new Random(unchecked(seed + agent)), Enum.Parse<Reach>(reach), events, polls, syncs);
        }

        double steady = Enumerable.Range(Away - 100, 90).Average(second => events[second] + polls[second] + syncs[second]);
        int[] after = [.. Enumerable.Range(Back, Seconds - Back)];
        int mostEvents = after.Max(second => events[second]);
        int mostOfAll = after.Max(second => events[second] + polls[second] + syncs[second]);
        output.WriteLine(
            $"seed {seed}; steady {steady:0}/s; after: events at most {mostEvents}/s, " +
            $"polls {after.Max(second => polls[second])}/s, syncs {after.Max(second => syncs[second])}/s, all {mostOfAll}/s");
        Assert.InRange(steady, 950, 1050);
        Assert.True(mostEvents <= 1000, $"{mostEvents} requests for events in a second");
        Assert.True(mostOfAll <= 2 * steady, $"{mostOfAll} requests in a second");
    }

    private static void Simulate(Random random, Reach reach, int[] events, int[] polls, int[] syncs)
    {
        // Agents are started at any time.
        TimeSpan started = TimeSpan.FromSeconds(60 * random.NextDouble());
        Segment[] path =
        [
            new Segment(TimeSpan.Zero, Behaviour.Healthy),
            new Segment(TimeSpan.FromSeconds(Away) - started, new Behaviour { Reach = reach }),
            new Segment(TimeSpan.FromSeconds(Back) - started, Behaviour.Healthy, OpenConnections.Reset),
        ];
        var script = new Script(TimeSpan.FromSeconds(Seconds) - started, path);
        Simulation simulation = new Simulation(script, new DownlinkSettings { AgentId = "a" }, random.NextDouble).Run();
        Count(simulation.StreamRequests, events, started);
        Count(simulation.PollRequests, polls, started);
        Count(simulation.SyncRequests, syncs, started);
    }

    private static void Count(List<TimeSpan> requests, int[] histogram, TimeSpan started)
    {
        foreach (TimeSpan at in requests)
        {
            histogram[(int)(at + started).TotalSeconds]++;
        }
    }
}
