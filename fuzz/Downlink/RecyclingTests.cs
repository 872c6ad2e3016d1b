using Unarr.Agents.Downlink;
using Xunit;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>Paths that end streams at about one age: the long-poll is there before the end, and covers the reconnect.</summary>
public sealed class RecyclingTests
{
    private static readonly TimeSpan Length = TimeSpan.FromHours(4);

    // "4 s + connect."
    private static readonly TimeSpan Reconnect = S(4.1);

    [Theory]
    [InlineData(30, 0, 0.38)]
    [InlineData(55, 0, 1.0 / 3)]
    [InlineData(100, 0, 1.0 / 3)]
    [InlineData(55, 0.1, 1.0 / 3)]
    [InlineData(100, 0.1, 1.0 / 3)]
    public void Only_the_first_two_ends_make_blind_and_polls_run_a_third_of_the_time(double seconds, double variesBy, double share)
    {
        for (int seed = 1; seed <= 10; seed++)
        {
            Simulation simulation = Run(seed, new Behaviour { RecycleAfter = S(seconds), AgeVariesBy = variesBy, Told = S(15) });

            Assert.All(simulation.Coverage.Episodes, episode => Assert.True(episode.At <= simulation.Attempts[2]));
            Assert.True(simulation.Coverage.Blind <= (2 * Reconnect) + S(0.1), $"blind for {simulation.Coverage.Blind}");
            TimeSpan polled = PolledIn(simulation);
            Assert.True(polled <= Length * share, $"polled for {polled}");
        }
    }

    [Fact]
    public void Stream_that_is_reset_again_and_again_makes_blind_once()
    {
        Simulation simulation = Run(1, new Behaviour { ResetAfter = S(30) });
        Assert.All(simulation.Coverage.Episodes, episode => Assert.True(episode.At <= simulation.Attempts[1]));
    }

    [Fact]
    public void Guess_that_was_wrong_costs_a_poll_and_is_forgotten()
    {
        var recycling = new Behaviour { RecycleAfter = S(30), Told = S(15) };
        Simulation simulation = Scenario.Run(
            new Script(Length, [new Segment(TimeSpan.Zero, recycling), new Segment(S(600), new Behaviour { Told = S(15) })]),
            seed: 1,
            new DownlinkSettings { AgentId = "a", Hedging = true });

        Assert.True(simulation.PollRequests[^1] < S(660), $"still polled at {simulation.PollRequests[^1]}");
        Assert.Equal(DownlinkRoutes.Stream, simulation.Reports[^2].Status.Route);
    }

    [Fact]
    public void Change_between_two_routes_that_cover_is_no_reason_to_sync()
    {
        Simulation simulation = Run(1, new Behaviour { RecycleAfter = S(100), Told = S(15) });

        // One for each stream that is opened again, beside those of the interval of 10 s.
        int byInterval = (int)(Length / S(9));
        Assert.InRange(simulation.SyncRequests.Count, 1, byInterval + simulation.Attempts.Count + 10);
    }

    private static Simulation Run(int seed, Behaviour behaviour) => Scenario.Run(
        Script.Of(Length, behaviour), seed, new DownlinkSettings { AgentId = "a", Hedging = true });

    /// <summary>How long the long-poll was a route.</summary>
    private static TimeSpan PolledIn(Simulation simulation)
    {
        TimeSpan polled = TimeSpan.Zero;
        for (int index = 0; index + 1 < simulation.Reports.Count; index++)
        {
            bool polls = simulation.Reports[index].Status.Route.HasFlag(DownlinkRoutes.LongPoll);
            polled += polls ? simulation.Reports[index + 1].At - simulation.Reports[index].At : TimeSpan.Zero;
        }

        return polled;
    }

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);
}
