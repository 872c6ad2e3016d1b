using Unarr.Pipelines.Downlink;
using Xunit;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>Every script of the table in docs/downlink.md, for hours of virtual time, with the bound that it promises.</summary>
public sealed class ScenarioTests
{
    private const double PollConnect = 0.05;
    private const double Grace = 5;
    private const double Interval = 15;
    private const double LongestReconnect = 4 + PollConnect;

    private static readonly TimeSpan Hours = TimeSpan.FromHours(4);

    public static TheoryData<int> Seeds => [1, 2, 3, 4, 5];

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

        (TimeSpan at, DownlinkStatus status) = simulation.Reports[^2];
        Assert.Equal((DownlinkState.Live, DownlinkRoute.Sse), (status.State, status.Route));
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
        Simulation simulation = Run(new Behaviour { ResetAfter = S(10) }, 1, new DownlinkOptions { AgentId = "a", Mode = DownlinkMode.Sse });

        double[] delays = [.. simulation.Attempts.Zip(simulation.Attempts.Skip(1), (one, next) => (next - one).TotalSeconds - 10 - PollConnect)];
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
    public void Bursts_prove_nothing(int seed)
    {
        foreach (double told in (double[])[0, Interval])
        {
            Simulation simulation = Run(new Behaviour { FlushEvery = S(30), Told = S(told) }, seed);

            AssertBlind(simulation, (1.25 * Interval) + PollConnect);
            AssertGapsAreConnects(simulation);
            Assert.DoesNotContain(simulation.Reports, report => report.Status.State == DownlinkState.Live);
        }
    }

    [Fact]
    public void Path_that_turns_to_bursts_is_deaf_for_an_interval_and_a_quarter_and_never_again()
    {
        Simulation simulation = Run(
            1, new Segment(TimeSpan.Zero, Behaviour.Healthy), new Segment(TimeSpan.FromMinutes(10), new Behaviour { FlushEvery = S(30) }));

        AssertBlind(simulation, (1.25 * Interval) + (2 * PollConnect));
        Assert.True(simulation.Coverage.Deaf.TotalSeconds <= (1.25 * Interval) + (3 * PollConnect));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Server_that_recycles_every_30_s_is_reconnected_to_without_growth_or_window(int seed)
    {
        Simulation simulation = Run(new Behaviour { RecycleAfter = S(30), Told = S(Interval) }, seed);

        Assert.All(simulation.Coverage.Episodes, episode => Assert.True(episode.For.TotalSeconds <= LongestReconnect + 0.001));
        Assert.All(
            simulation.Attempts.Zip(simulation.Attempts.Skip(1), (one, next) => (next - one).TotalSeconds - 30 - PollConnect),
            delay => Assert.InRange(delay, 1.999, 4.001));
        Assert.Empty(simulation.PollRequests);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Stream_that_ends_after_a_minute_or_more_is_trusted_again(int seed)
    {
        Simulation simulation = Run(new Behaviour { ResetAfter = S(90) }, seed);

        Assert.All(simulation.Coverage.Episodes, episode => Assert.True(episode.For.TotalSeconds <= PollConnect + 0.001));
        Assert.DoesNotContain(simulation.Reports, report => report.Status.State == DownlinkState.Suspect);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Distrusted_path_is_trusted_again_after_a_stable_stream(int seed)
    {
        Simulation simulation = Run(
            seed, new Segment(TimeSpan.Zero, new Behaviour { MuteFrom = MuteFrom.Greeting }), new Segment(S(600), new Behaviour { ResetAfter = S(90) }));

        TimeSpan stable = simulation.Reports.First(report => report.At > S(600) && report.Status.State == DownlinkState.Live).At + S(91);
        Assert.All(
            simulation.Reports.Where(report => report.At > stable && report.Status.State == DownlinkState.Live),
            report => Assert.Contains(simulation.Attempts, attempt => attempt <= report.At && report.At - attempt <= S(2 * PollConnect)));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Learnt_interval_wins_over_a_shorter_told_one(int seed)
    {
        Simulation simulation = Run(new Behaviour { Told = S(5) }, seed);

        AssertBlind(simulation, 2 * PollConnect);
        Assert.Equal(S(Interval), simulation.Heartbeat);
        Assert.Single(simulation.Attempts);
        Assert.Equal(DownlinkState.Live, simulation.Reports[^2].Status.State);
    }

    [Fact]
    public void Server_that_turns_to_a_longer_interval_is_learnt_though_it_tells_the_old_one()
    {
        var rare = new Behaviour { Told = S(5), Beat = S(30) };
        Simulation simulation = Run(1, new Segment(TimeSpan.Zero, rare with { Beat = S(5) }), new Segment(TimeSpan.FromMinutes(10), rare, OpenConnections.Reset));

        Assert.Equal(S(30), simulation.Heartbeat);
        Assert.Equal(DownlinkState.Live, simulation.Reports[^2].Status.State);
    }

    [Theory]
    [InlineData(30)]
    [InlineData(180)]
    public void Stream_without_heartbeats_ends_on_the_poll(int eventEvery)
    {
        Simulation simulation = Run(new Behaviour { Beat = TimeSpan.Zero, EventEvery = S(eventEvery) }, 1);

        Assert.All(simulation.Coverage.Episodes, episode => Assert.True(episode.At < S(60)));
        Assert.True(simulation.Reports[^2].Status.Route.HasFlag(DownlinkRoute.Poll));
    }

    [Fact]
    public void Busy_handler_is_no_silence_of_the_stream()
    {
        Simulation simulation = Run(
            1,
            new Segment(TimeSpan.Zero, Behaviour.Healthy),
            new Segment(S(310), Behaviour.Healthy with { HandlerIsBusy = true }),
            new Segment(S(430), Behaviour.Healthy));

        Assert.DoesNotContain(simulation.Reports, report => report.Status.State == DownlinkState.Suspect);
        Assert.Single(simulation.Attempts);
        Assert.Empty(simulation.PollRequests);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void All_mirrors_back_and_covered_within_30_s_and_a_connect_and_nothing_is_held_against_the_stream(int seed)
    {
        foreach ((Reach reach, double connect) in ((Reach, double)[])[(Reach.Refused, PollConnect), (Reach.BlackHole, 10), (Reach.Unanswered, 45)])
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
                Assert.True(reach == Reach.Unanswered || length < 60 || live - simulation.Attempts[^1] <= S(2 * PollConnect), $"{reach} {length} distrusted");
            }
        }
    }

    [Fact]
    public void Two_mirrors_down_in_turn_and_covered_on_the_other()
    {
        var script = new Script(
            Hours,
            [new Segment(TimeSpan.Zero, Behaviour.Healthy), new Segment(S(300), new Behaviour { Reach = Reach.Refused }), new Segment(S(900), Behaviour.Healthy)],
            [new Segment(TimeSpan.Zero, Behaviour.Healthy)]);
        Simulation simulation = Run(script, 1);

        AssertBlind(simulation, (4 * PollConnect) + 0.001);
        Assert.Equal([0, 1], simulation.MirrorsOfStreams.Distinct());
    }

    [Fact]
    public void Unhealthy_stream_moves_its_own_mirror_and_not_the_polls()
    {
        var script = new Script(Hours, [new Segment(TimeSpan.Zero, Behaviour.Mute)], [new Segment(TimeSpan.Zero, Behaviour.Healthy)]);
        Simulation simulation = Run(script, 1);

        Assert.Equal([0, 1], simulation.MirrorsOfStreams);
        Assert.Equal(DownlinkState.Live, simulation.Reports[^2].Status.State);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Refused_key_is_tried_again_after_30_s_doubling_to_15_minutes_and_recovers(int seed)
    {
        var behaviour = new Behaviour { Events = Refusal.Unauthorized, Wake = Refusal.Unauthorized, Sync = Refusal.Unauthorized };
        Simulation simulation = Run(seed, new Segment(TimeSpan.Zero, behaviour), new Segment(Hours - TimeSpan.FromHours(1), Behaviour.Healthy));

        double expected = 30;
        foreach ((TimeSpan one, TimeSpan next) in simulation.Attempts.Zip(simulation.Attempts.Skip(1)))
        {
            Assert.InRange((next - one).TotalSeconds, expected * 0.9, (expected * 1.1) + PollConnect);
            expected = Math.Min(expected * 2, 900);
        }

        Assert.Equal((DownlinkState.Unauthorized, DownlinkRoute.None), (simulation.Reports[1].Status.State, simulation.Reports[1].Status.Route));
        Assert.Equal(DownlinkState.Live, simulation.Reports[^2].Status.State);
        Assert.True(simulation.SyncRequests.Count(at => at < Hours - TimeSpan.FromHours(1)) < 20);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Server_without_streams_is_polled_at_once_and_probed_at_the_window(int seed)
    {
        Simulation simulation = Run(new Behaviour { Events = Refusal.NotOffered }, seed);

        AssertBlind(simulation, 2 * PollConnect);
        AssertWindows(simulation);
        Assert.InRange(simulation.Attempts[1].TotalSeconds, 270, 331);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Retry_after_outranks_every_delay(int seed)
    {
        var busy = new Behaviour { Events = Refusal.Busy, Wake = Refusal.Busy, Sync = Refusal.Busy, RetryAfter = S(60) };
        Simulation simulation = Run(busy, seed);

        foreach (List<TimeSpan> requests in (List<TimeSpan>[])[simulation.StreamRequests, simulation.PollRequests, simulation.SyncRequests])
        {
            Assert.All(
                requests.Zip(requests.Skip(1), (one, next) => (next - one).TotalSeconds), gap => Assert.True(gap >= 60 - 0.001, $"asked again after {gap} s"));
            Assert.True(requests.Count > 180);
        }
    }

    [Fact]
    public void Retry_after_of_the_poll_holds_while_the_stream_comes_and_goes()
    {
        Simulation simulation = Run(new Behaviour { Wake = Refusal.Busy, RetryAfter = S(120), ResetAfter = S(90) }, 1);

        Assert.All(simulation.PollRequests.Zip(simulation.PollRequests.Skip(1), (one, next) => (next - one).TotalSeconds), gap => Assert.True(gap >= 120 - 0.001));
    }

    [Fact]
    public void Retry_after_of_the_stream_holds_though_syncs_succeed()
    {
        Simulation simulation = Run(new Behaviour { Events = Refusal.Busy, Wake = Refusal.Broken, RetryAfter = S(120) }, 1);

        Assert.All(simulation.Attempts.Zip(simulation.Attempts.Skip(1), (one, next) => (next - one).TotalSeconds), gap => Assert.True(gap >= 120 - 0.001));
    }

    [Fact]
    public void Retry_after_of_the_stream_holds_though_syncs_succeed_again()
    {
        var busy = new Behaviour { Events = Refusal.Busy, Wake = Refusal.Broken, RetryAfter = S(120) };
        Segment[] path = [.. Enumerable.Range(0, 200).Select(index => new Segment(S(index * 45), index % 2 == 0 ? busy : busy with { Sync = Refusal.Broken }))];
        Simulation simulation = Run(1, path);

        Assert.All(simulation.Attempts.Zip(simulation.Attempts.Skip(1), (one, next) => (next - one).TotalSeconds), gap => Assert.True(gap >= 120 - 0.001));
    }

    [Fact]
    public void Path_that_was_suspect_once_is_distrusted_though_the_server_recycles()
    {
        // Silent for more than 1.25 × 15 s once, until 20 s are learnt.
        Simulation simulation = Run(new Behaviour { Beat = S(20), RecycleAfter = S(50) }, 1);

        Assert.Equal(simulation.Attempts.Count, simulation.PollRequests.Count, 2d);
        Assert.Single(simulation.Reports, report => report.Status.State == DownlinkState.Suspect);
    }

    [Fact]
    public void Stream_and_poll_that_both_fail_are_not_hammered_because_syncs_succeed()
    {
        Simulation simulation = Run(new Behaviour { Events = Refusal.Broken, Wake = Refusal.Broken }, 1);

        Assert.True(simulation.Attempts.Count <= Hours.TotalSeconds / 15, $"{simulation.Attempts.Count} attempts");
        Assert.True(simulation.PollRequests.Count <= Hours.TotalSeconds / 15, $"{simulation.PollRequests.Count} polls");
    }

    [Fact]
    public void Window_is_given_up_when_the_poll_does_not_work_in_it()
    {
        var healed = TimeSpan.FromMinutes(30);
        Simulation simulation = Run(
            1,
            new Segment(TimeSpan.Zero, Behaviour.Mute),
            new Segment(TimeSpan.FromMinutes(29), Behaviour.Mute with { Wake = Refusal.Broken }),
            new Segment(healed, Behaviour.Healthy with { Wake = Refusal.Broken }, OpenConnections.Reset));

        (TimeSpan live, _) = simulation.Reports.First(report => report.At >= healed && report.Status.State == DownlinkState.Live);
        Assert.True(live - healed < S(60), $"{live}");
    }

    [Theory]
    [InlineData(false, 0.2)]
    [InlineData(true, 1.1)]
    public void Cache_that_answers_polls_at_once_is_not_hammered(bool wakes, double perSecond)
    {
        Simulation simulation = Run(Behaviour.Mute with { PollHold = S(0.01), Wakes = wakes }, 1);

        Assert.True(simulation.PollRequests.Count < Hours.TotalSeconds * perSecond, $"{simulation.PollRequests.Count} polls");
    }

    [Fact]
    public void Poll_mode_never_opens_a_stream()
    {
        Simulation simulation = Run(Behaviour.Healthy, 1, new DownlinkOptions { AgentId = "a", Mode = DownlinkMode.Poll });

        Assert.Empty(simulation.Attempts);
        AssertBlind(simulation, PollConnect);
    }

    [Fact]
    public void Poll_mode_outlives_an_outage_without_a_stream()
    {
        Segment[] path = [new Segment(TimeSpan.Zero, Behaviour.Healthy), new Segment(S(300), new Behaviour { Reach = Reach.Refused }), new Segment(S(900), Behaviour.Healthy)];
        Simulation simulation = Run(new Script(Hours, path), 1, new DownlinkOptions { AgentId = "a", Mode = DownlinkMode.Poll });

        Assert.Empty(simulation.Attempts);
        Assert.All(simulation.Coverage.Episodes, episode => Assert.True(episode.For.TotalSeconds <= 30 + (2 * PollConnect)));
    }

    [Fact]
    public void Sequential_rule_is_blind_for_124_s_before_its_first_fallback_and_29_percent_of_the_time_after_it()
    {
        Simulation simulation = Run(Behaviour.Mute, 1, new DownlinkOptions { AgentId = "a", Hedging = false });

        Assert.Equal(124, simulation.Coverage.Episodes[0].For.TotalSeconds, 0.3);
        Assert.Equal(0.29, simulation.Coverage.Blind / Hours, 0.02);
    }

    [Fact]
    public void Heartbeat_interval_is_not_learnt_from_bursts_of_any_period()
    {
        foreach (int beat in (int[])[5, 10, 15, 20, 30])
        {
            for (double flush = beat * 1.3; flush < beat * 6; flush += 1.7)
            {
                Simulation simulation = Run(new Behaviour { FlushEvery = S(flush), Beat = S(beat), Told = S(beat) }, 1);
                Assert.True(simulation.Heartbeat <= S(Math.Max(beat, Interval)), $"beats every {beat} s, flushed every {flush} s, learnt {simulation.Heartbeat}");
            }
        }
    }

    internal static Simulation Run(Script script, int seed, DownlinkOptions? options = null) =>
        new Simulation(script, options ?? new DownlinkOptions { AgentId = "a" }, new Random(seed).NextDouble).Run();

    private static Simulation Run(Behaviour behaviour, int seed, DownlinkOptions? options = null) => Run(Script.Of(Hours, behaviour), seed, options);

    private static Simulation Run(int seed, params Segment[] path) => Run(new Script(Hours, path), seed);

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);

    private static void AssertBlind(Simulation simulation, double seconds) =>
        Assert.True(simulation.Coverage.Blind.TotalSeconds <= seconds + 0.001, $"blind for {simulation.Coverage.Blind.TotalSeconds} s");

    private static void AssertGapsAreConnects(Simulation simulation) =>
        Assert.True(simulation.Coverage.Gaps.TotalSeconds <= simulation.PollRequests.Count * (PollConnect + 0.001));

    /// <summary>After the first three attempts there is one for each window.</summary>
    private static void AssertWindows(Simulation simulation) =>
        Assert.True(simulation.Attempts.Count <= 3 + (Hours.TotalSeconds / 270), $"{simulation.Attempts.Count} attempts");

    private static void AssertSyncsGoOn(Simulation simulation) =>
        Assert.All(simulation.SyncRequests.Zip(simulation.SyncRequests.Skip(1), (one, next) => (next - one).TotalSeconds), gap => Assert.True(gap <= 11.2));
}
