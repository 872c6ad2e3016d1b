using Unarr.Agents.Downlink;
using Xunit;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>Runs a script for hours of virtual time, and what the tests of it share.</summary>
internal static class Scenario
{
    public const double PollConnect = 0.05;
    public const double Grace = 5;
    public const double Interval = 15;
    public const double LongestReconnect = 4 + PollConnect;

    public static readonly TimeSpan Hours = TimeSpan.FromHours(4);

    public static TheoryData<int> Seeds => [1, 2, 3, 4, 5];

    public static Simulation Run(Script script, int seed, DownlinkSettings? options = null) =>
        new Simulation(script, options ?? new DownlinkSettings { AgentId = "a" }, new Random(seed).NextDouble).Run();

    public static Simulation Run(Behaviour behaviour, int seed, DownlinkSettings? options = null) =>
        Run(Script.Of(Hours, behaviour), seed, options);

    public static Simulation Run(int seed, params Segment[] path) => Run(new Script(Hours, path), seed);

    public static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);

    public static void AssertBlind(Simulation simulation, double seconds) =>
        Assert.True(simulation.Coverage.Blind.TotalSeconds <= seconds + 0.001, $"blind for {simulation.Coverage.Blind.TotalSeconds} s");

    public static void AssertGapsAreConnects(Simulation simulation) =>
        Assert.True(simulation.Coverage.Gaps.TotalSeconds <= simulation.PollRequests.Count * (PollConnect + 0.001));

    /// <summary>After the first three attempts there is one for each window.</summary>
    public static void AssertWindows(Simulation simulation) =>
        Assert.True(simulation.Attempts.Count <= 3 + (Hours.TotalSeconds / 270), $"{simulation.Attempts.Count} attempts");

    public static void AssertSyncsGoOn(Simulation simulation) =>
        Assert.All(simulation.SyncRequests.Zip(simulation.SyncRequests.Skip(1), (one, next) => (next - one).TotalSeconds),
            gap => Assert.True(gap <= 11.2));
}
