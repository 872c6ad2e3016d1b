using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.Deciding;
using Xunit;
using static Unarr.Pipelines.Fuzz.Downlink.Scenario;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>The scripts of the table in docs/downlink.md, for hours of virtual time, with the bound that it promises: paths,
/// outages and modes.</summary>
public sealed class ScenarioTests
{
    public static TheoryData<int> Seeds => Scenario.Seeds;

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Healthy_path_is_blind_for_the_connect_alone_and_never_polled(int seed)
    {
        Simulation simulation = Run(Behaviour.Healthy, seed);

        Assert.Equal(PollConnect, simulation.Coverage.Blind.TotalSeconds, 3);
        Assert.Empty(simulation.PollRequests);
        Assert.Single(simulation.Attempts);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Mute_path_is_blind_for_the_grace_and_one_poll_connect_and_never_again(int seed)
    {
        foreach (MuteFrom mute in (MuteFrom[])[MuteFrom.Headers, MuteFrom.Start])
        {
            Simulation simulation = Run(new Behaviour { MuteFrom = mute }, seed);

            AssertBlind(simulation, Grace + PollConnect);
            Assert.Single(simulation.Coverage.Episodes);
            Assert.Equal(Grace + PollConnect, simulation.Coverage.Deaf.TotalSeconds, 3);
            AssertGapsAreConnects(simulation);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Comment_then_mute_is_deaf_for_an_interval_and_a_quarter_and_never_again(int seed)
    {
        Simulation simulation = Run(new Behaviour { MuteFrom = MuteFrom.Greeting, Told = S(Interval) }, seed);

        AssertBlind(simulation, (1.25 * Interval) + (2 * PollConnect));
        Assert.True(simulation.Coverage.Deaf.TotalSeconds <= (1.25 * Interval) + (2 * PollConnect));
        AssertGapsAreConnects(simulation);
        Assert.All(simulation.Coverage.Episodes, episode => Assert.True(episode.At < S(60)));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Probes_of_a_mute_path_come_at_a_window_that_doubles_to_half_an_hour(int seed)
    {
        Simulation simulation = Run(Behaviour.Mute, seed);

        TimeSpan[] waits = [.. simulation.Attempts.Skip(2).Zip(simulation.Attempts.Skip(3), (one, next) => next - one - S(40.05))];
        double expected = 300;
        foreach (TimeSpan wait in waits)
        {
            Assert.InRange(wait.TotalSeconds, expected * 0.9, expected * 1.1);
            expected = Math.Min(expected * 2, 1800);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Path_heals_and_the_stream_is_back_within_the_window(int seed)
    {
        var healed = TimeSpan.FromMinutes(20);
        Simulation simulation = Run(seed, new Segment(TimeSpan.Zero, Behaviour.Mute), new Segment(healed, Behaviour.Healthy));

        (TimeSpan at, MachineStatus status) = simulation.Reports[^2];
        Assert.Equal((DownlinkState.Live, DownlinkRoutes.Stream), (status.State, status.Route));
        Assert.True(at - healed < TimeSpan.FromMinutes(20 * 1.1) + S(60), $"{at}");
        AssertBlind(simulation, Grace + PollConnect);
        Assert.True(simulation.PollRequests[^1] <= at, "polled after the stream was back");
        AssertSyncsGoOn(simulation);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(30)]
    public void Stream_that_flaps_is_blind_for_one_poll_connect_each_time_it_was_proven(int lifetime)
    {
        Simulation simulation = Run(new Behaviour { ResetAfter = S(lifetime) }, 1);

        Assert.All(simulation.Coverage.Episodes, episode => Assert.True(episode.For.TotalSeconds <= PollConnect + 0.001));
        AssertWindows(simulation);
    }

    [Fact]
    public void Proxy_that_cuts_stream_and_poll_every_10_s_leaves_only_the_gaps_between_polls()
    {
        Simulation simulation = Run(new Behaviour { CutAfter = S(10) }, 1);

        AssertBlind(simulation, 2 * PollConnect);
        AssertGapsAreConnects(simulation);
        AssertWindows(simulation);
    }

    [Fact]
    public void Delays_grow_from_2_s_to_30_s_though_a_frame_comes_each_time()
    {
        Simulation simulation = Run(
            new Behaviour { ResetAfter = S(10) }, 1, new DownlinkSettings { AgentId = "a", Mode = DownlinkMode.Stream });

        double[] delays =
            [.. simulation.Attempts.Zip(simulation.Attempts.Skip(1), (one, next) => (next - one).TotalSeconds - 10 - PollConnect)];
        double expected = 2;
        foreach (double delay in delays)
        {
            Assert.InRange(delay, (expected / 2) - 0.001, expected + 0.001);
            expected = Math.Min(expected * 2, 30);
        }

        Assert.Empty(simulation.PollRequests);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void All_mirrors_back_and_covered_within_30_s_and_a_connect_and_nothing_is_held_against_the_stream(int seed)
    {
        foreach ((Reach reach, double connect) in ((Reach, double)[])[(Reach.Refused, PollConnect), (Reach.BlackHole, 10),
            (Reach.Unanswered, 45)])
        {
            foreach (double length in (double[])[20, 60, 600])
            {
                Segment[] path =
                [
                    new Segment(TimeSpan.Zero, Behaviour.Healthy),
                    new Segment(S(300), new Behaviour { Reach = reach }),
                    new Segment(S(300 + length), Behaviour.Healthy, OpenConnections.Stick),
                ];
                Simulation simulation = Run(seed, path);

                Assert.All(
                    simulation.Coverage.Episodes.Where(episode => episode.At > S(1)),
                    episode => Assert.True(episode.For.TotalSeconds <= 30 + connect + PollConnect, $"{reach} {length} {episode}"));
                Assert.Equal(DownlinkState.Live, simulation.Reports[^2].Status.State);
                // A trusted stream is live at its first frame: nothing stood against it.
                (TimeSpan live, _) = simulation.Reports[^2];
                Assert.True(live <= S(300 + length) + S(40 + 45 + 10), $"{reach} {length} live at {live}");
                Assert.True(reach == Reach.Unanswered || length < 60 || live - simulation.Attempts[^1] <= S(2 * PollConnect),
                    $"{reach} {length} distrusted");
            }
        }
    }

    [Fact]
    public void Poll_mode_never_opens_a_stream()
    {
        Simulation simulation = Run(Behaviour.Healthy, 1, new DownlinkSettings { AgentId = "a", Mode = DownlinkMode.LongPoll });

        Assert.Empty(simulation.Attempts);
        AssertBlind(simulation, PollConnect);
    }

    [Fact]
    public void Poll_mode_outlives_an_outage_without_a_stream()
    {
        Segment[] path = [new Segment(TimeSpan.Zero, Behaviour.Healthy), new Segment(S(300), new Behaviour { Reach = Reach.Refused }),
            new Segment(S(900), Behaviour.Healthy)];
        Simulation simulation = Run(new Script(Hours, path), 1, new DownlinkSettings { AgentId = "a", Mode = DownlinkMode.LongPoll });

        Assert.Empty(simulation.Attempts);
        Assert.All(simulation.Coverage.Episodes, episode => Assert.True(episode.For.TotalSeconds <= 30 + (2 * PollConnect)));
    }

    [Fact]
    public void Sequential_rule_is_blind_for_124_s_before_its_first_fallback_and_29_percent_of_the_time_after_it()
    {
        Simulation simulation = Run(Behaviour.Mute, 1, new DownlinkSettings { AgentId = "a", Hedging = false });

        Assert.Equal(124, simulation.Coverage.Episodes[0].For.TotalSeconds, 0.3);
        Assert.Equal(0.29, simulation.Coverage.Blind / Hours, 0.02);
    }
}
