using System.Globalization;
using Unarr.Agents.Downlink;
using Xunit;
using Xunit.Abstractions;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>A fleet on 100 nodes loses one of them, and its agents come back on the others.</summary>
/// <remarks><c>UNARR_FLEET_AGENTS</c> says how many agents there are.</remarks>
public sealed class NodeDeathTests(ITestOutputHelper output)
{
    private const int Nodes = 100;
    private const int Death = 120;
    private const int Seconds = Death + 90;

    // Agents are started over a minute, and the first minute is theirs.
    private const int Steady = 80;

    private static readonly int Agents =
        int.TryParse(Environment.GetEnvironmentVariable("UNARR_FLEET_AGENTS"), CultureInfo.InvariantCulture, out int agents)
            ? agents : 20_000;

    private readonly int[] _streams = new int[Seconds + 60];
    private readonly int[] _polls = new int[Seconds + 60];
    private readonly int[] _syncs = new int[Seconds + 60];
    private long _lastBack;

    /// <summary>A killed process: its connections are reset.</summary>
    [Fact]
    public void Killed_node_brings_no_second_with_an_eighth_more_requests()
    {
        Run(OpenConnections.Reset);
        AssertBack(TimeSpan.FromSeconds(4.5));
    }

    /// <summary>A machine without power: its connections stay open and silent, until its agents miss their heartbeats.</summary>
    [Fact]
    public void Node_that_falls_silent_brings_no_second_with_an_eighth_more_requests()
    {
        Run(OpenConnections.Stick);
        AssertBack(TimeSpan.FromSeconds(40));
    }

    private void Run(OpenConnections open)
    {
        int seed = Environment.TickCount;
        Parallel.For(0, Agents, agent => Simulate(new Random(unchecked(seed + agent)), agent % Nodes == 0, open));
        output.WriteLine($"seed {seed}; {Agents} agents on {Nodes} nodes; requests in each second after one node's death:");
        output.WriteLine("| second | streams | polls | syncs | all | all, a node |");
        output.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: |");
        double steady = Enumerable.Range(Steady, Death - Steady).Average(All);
        output.WriteLine(Row("before", Mean(_streams), Mean(_polls), Mean(_syncs), steady / Nodes));
        for (int second = Death; second < Seconds - 1; second++)
        {
            if (_streams[second] + _polls[second] > 0)
            {
                output.WriteLine(Row(
                    $"{second - Death}", _streams[second], _polls[second], _syncs[second], All(second) / (double)(Nodes - 1)));
            }
        }

        output.WriteLine($"The last agent has a stream again after {TimeSpan.FromTicks(_lastBack).TotalSeconds:0.0} s.");
        int most = Enumerable.Range(Death, Seconds - Death).Max(All);
        Assert.True(most <= (1.125 * steady) + 50, $"{most} requests in a second, {steady:0} before");
    }

    private void AssertBack(TimeSpan within) => Assert.InRange(TimeSpan.FromTicks(_lastBack), TimeSpan.FromTicks(1), within);

    private static double Mean(int[] requests) => Enumerable.Range(Steady, Death - Steady).Average(second => requests[second]);

    private int All(int second) => _streams[second] + _polls[second] + _syncs[second];

    private static string Row(string second, double streams, double polls, double syncs, double node) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {second} | {streams:#,0} | {polls:#,0} | {syncs:#,0} | {streams + polls + syncs:#,0} | {node:#,0} |");

    private void Simulate(Random random, bool loses, OpenConnections open)
    {
        TimeSpan started = TimeSpan.FromSeconds(60 * random.NextDouble());
        TimeSpan death = TimeSpan.FromSeconds(Death) - started;
        Segment healthy = new(TimeSpan.Zero, Behaviour.Healthy);
        Segment[] path = loses ? [healthy, new Segment(death, Behaviour.Healthy, open)] : [healthy];
        Script script = new(TimeSpan.FromSeconds(Seconds) - started, path);
        Simulation simulation = new Simulation(script, new DownlinkSettings { AgentId = "a" }, random.NextDouble).Run();
        Count(simulation.StreamRequests, _streams, started);
        Count(simulation.PollRequests, _polls, started);
        Count(simulation.SyncRequests, _syncs, started);
        if (loses)
        {
            long back = (simulation.StreamRequests.First(at => at > death) - death).Ticks;
            for (long last = Volatile.Read(ref _lastBack); back > last; last = Volatile.Read(ref _lastBack))
            {
                Interlocked.CompareExchange(ref _lastBack, back, last);
            }
        }
    }

    private static void Count(List<TimeSpan> requests, int[] histogram, TimeSpan started)
    {
        foreach (TimeSpan at in requests)
        {
            Interlocked.Increment(ref histogram[(int)(at + started).TotalSeconds]);
        }
    }
}
