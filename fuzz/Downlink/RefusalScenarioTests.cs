using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.Deciding;
using Xunit;
using static Unarr.Pipelines.Fuzz.Downlink.Scenario;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>Servers that refuse, ask to be left alone, or answer what they should not; and mirrors that do better.</summary>
public sealed class RefusalScenarioTests
{
    public static TheoryData<int> Seeds => Scenario.Seeds;

    [Fact]
    public void Two_mirrors_down_in_turn_and_covered_on_the_other()
    {
        var script = new Script(
            Hours,
            [new Segment(TimeSpan.Zero, Behaviour.Healthy), new Segment(S(300), new Behaviour { Reach = Reach.Refused }),
                new Segment(S(900), Behaviour.Healthy)],
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
        Simulation simulation = Run(
            seed, new Segment(TimeSpan.Zero, behaviour), new Segment(Hours - TimeSpan.FromHours(1), Behaviour.Healthy));

        double expected = 30;
        foreach ((TimeSpan one, TimeSpan next) in simulation.Attempts.Zip(simulation.Attempts.Skip(1)).SkipLast(1))
        {
            Assert.InRange((next - one).TotalSeconds, expected * 0.9, (expected * 1.1) + PollConnect);
            expected = Math.Min(expected * 2, 900);
        }

        Assert.Equal(
            (DownlinkState.Unauthorized, DownlinkRoutes.None), (simulation.Reports[1].Status.State, simulation.Reports[1].Status.Route));
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
                requests.Zip(requests.Skip(1), (one, next) => (next - one).TotalSeconds), gap =>
                    Assert.True(gap >= 60 - 0.001, $"asked again after {gap} s"));
            Assert.True(requests.Count > 180);
        }
    }

    [Fact]
    public void Retry_after_of_the_poll_holds_while_the_stream_comes_and_goes()
    {
        Simulation simulation = Run(new Behaviour { Wake = Refusal.Busy, RetryAfter = S(120), ResetAfter = S(90) }, 1);

        Assert.All(simulation.PollRequests.Zip(simulation.PollRequests.Skip(1), (one, next) => (next - one).TotalSeconds),
            gap => Assert.True(gap >= 120 - 0.001));
    }

    [Fact]
    public void Retry_after_of_the_stream_holds_though_syncs_succeed()
    {
        Simulation simulation = Run(new Behaviour { Events = Refusal.Busy, Wake = Refusal.Broken, RetryAfter = S(120) }, 1);

        Assert.All(simulation.Attempts.Zip(simulation.Attempts.Skip(1), (one, next) => (next - one).TotalSeconds),
            gap => Assert.True(gap >= 120 - 0.001));
    }

    [Fact]
    public void Retry_after_of_the_stream_holds_though_syncs_succeed_again()
    {
        var busy = new Behaviour { Events = Refusal.Busy, Wake = Refusal.Broken, RetryAfter = S(120) };
        Segment[] path = [.. Enumerable.Range(0, 200).Select(
            index => new Segment(S(index * 45), index % 2 == 0 ? busy : busy with { Sync = Refusal.Broken }))];
        Simulation simulation = Run(1, path);

        Assert.All(simulation.Attempts.Zip(simulation.Attempts.Skip(1), (one, next) => (next - one).TotalSeconds),
            gap => Assert.True(gap >= 120 - 0.001));
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
    [InlineData(true, 0.2)]
    public void Cache_that_answers_polls_at_once_is_not_hammered(bool wakes, double perSecond)
    {
        Simulation simulation = Run(Behaviour.Mute with { PollHold = S(0.01), Wakes = wakes }, 1);

        Assert.True(simulation.PollRequests.Count < Hours.TotalSeconds * perSecond, $"{simulation.PollRequests.Count} polls");
    }

    [Theory]
    [InlineData(nameof(Behaviour.Events))]
    [InlineData(nameof(Behaviour.Wake))]
    [InlineData(nameof(Behaviour.Sync))]
    [InlineData("all")]
    public void Agent_that_is_gone_is_asked_for_again_every_15_minutes_and_comes_back(string endpoint)
    {
        Refusal Of(string name) => endpoint == name || endpoint == "all" ? Refusal.Gone : Refusal.None;
        var gone = Behaviour.Mute with
        {
            Events = Of(nameof(Behaviour.Events)),
            Wake = Of(nameof(Behaviour.Wake)),
            Sync = Of(nameof(Behaviour.Sync))
        };
        TimeSpan healed = Hours - TimeSpan.FromHours(1);
        foreach (bool hedging in (bool[])[true, false])
        {
            if (!hedging && endpoint == nameof(Behaviour.Wake))
            {
                // The sequential rule polls minutes later.
                continue;
            }

            Simulation simulation = Run(
                new Script(Hours, [new Segment(TimeSpan.Zero, gone), new Segment(healed, Behaviour.Healthy)]), 1,
                new DownlinkSettings { AgentId = "a", Hedging = hedging });

            int windows = (int)(healed / S(900)) + 1;
            // What one endpoint goes on to accept brings the agent back once a window.
            (int others, int syncs) = endpoint == "all" ? (1, 1) : (2, 7);
            Assert.InRange(simulation.StreamRequests.Count(at => at < healed), 1, others * windows);
            Assert.InRange(simulation.PollRequests.Count(at => at < healed), 0, others * windows);
            Assert.InRange(simulation.SyncRequests.Count(at => at < healed), 1, syncs * windows);
            Assert.Contains(simulation.Reports, report => report.Status is { State: DownlinkState.Refused, Route: DownlinkRoutes.None });
            (TimeSpan live, _) = simulation.Reports.First(report => report.At >= healed && report.Status.State == DownlinkState.Live);
            Assert.True(live - healed <= S(901), $"live at {live}");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Sequential_rule_heeds_retry_after_of_stream_and_poll(bool polls)
    {
        var busy = new Behaviour { Events = Refusal.Busy, Wake = Refusal.Busy, RetryAfter = S(60) };
        Simulation simulation = Run(
            busy, 1, new DownlinkSettings { AgentId = "a", Hedging = false, Mode = polls ? DownlinkMode.LongPoll : DownlinkMode.Auto });

        foreach (List<TimeSpan> requests in (List<TimeSpan>[])[simulation.StreamRequests, simulation.PollRequests])
        {
            Assert.All(requests.Zip(requests.Skip(1), (one, next) => (next - one).TotalSeconds),
                gap => Assert.True(gap >= 60 - 0.001, $"asked again after {gap} s"));
        }

        Assert.True(simulation.PollRequests.Count > 100);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Sequential_rule_tries_a_refused_key_again_after_30_s_doubling_to_15_minutes_and_recovers(bool polls)
    {
        var refused = new Behaviour { Events = Refusal.Unauthorized, Wake = Refusal.Unauthorized, Sync = Refusal.Unauthorized };
        TimeSpan healed = Hours - TimeSpan.FromHours(1);
        var options = new DownlinkSettings { AgentId = "a", Hedging = false, Mode = polls ? DownlinkMode.LongPoll : DownlinkMode.Auto };
        Simulation simulation = Run(
            new Script(Hours, [new Segment(TimeSpan.Zero, refused), new Segment(healed, Behaviour.Healthy)]), 1, options);

        double expected = 30;
        List<TimeSpan> requests = polls ? simulation.PollRequests : simulation.StreamRequests;
        TimeSpan[] before = [.. requests.Where(at => at < healed)];
        foreach ((TimeSpan one, TimeSpan next) in before.Zip(before.Skip(1)))
        {
            Assert.InRange((next - one).TotalSeconds, expected * 0.9, (expected * 1.1) + PollConnect);
            expected = Math.Min(expected * 2, 900);
        }

        Assert.True(before.Length > 8);
        Assert.All(simulation.Reports.Where(report => report.At > S(1) && report.At < healed),
            report => Assert.Equal(DownlinkState.Unauthorized, report.Status.State));
        Assert.Equal(polls ? DownlinkState.Polling : DownlinkState.Live, simulation.Reports[^2].Status.State);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(100)]
    [InlineData(400)]
    public void Wakes_that_bring_controls_are_no_caches_however_fast_they_come(int apart)
    {
        var pushed = Behaviour.Healthy with { PushEvery = S(apart / 1000.0), Latency = S(0.002) };
        Simulation simulation = Run(Script.Of(S(60), pushed), 1, new DownlinkSettings { AgentId = "a", Mode = DownlinkMode.LongPoll });

        Assert.Equal([DownlinkRoutes.LongPoll], simulation.Reports.SkipLast(1).Select(report => report.Status.Route).Distinct());
        TimeSpan[] syncs = [.. simulation.SyncRequests.Where(at => at > S(1))];
        Assert.All(syncs.Zip(syncs.Skip(1), (one, next) => (next - one).TotalSeconds),
            gap => Assert.InRange(gap, 0, (apart / 1000.0) + 0.01));
    }

    [Fact]
    public void Wakes_that_bring_nothing_are_paced_with_growing_delays_and_make_no_flood_of_syncs()
    {
        var cache = Behaviour.Mute with { PollHold = S(0.001), Wakes = true, Latency = S(0.002) };
        Simulation simulation = Run(new Script(S(60), [new Segment(TimeSpan.Zero, cache)]), 1,
            new DownlinkSettings { AgentId = "a", Mode = DownlinkMode.LongPoll });

        Assert.True(simulation.PollRequests.Count(at => at < S(1)) <= 5,
            $"{simulation.PollRequests.Count(at => at < S(1))} in the first second");
        Assert.InRange(simulation.PollRequests.Count, 6, 12);
        Assert.True(simulation.SyncRequests.Count <= 20, $"{simulation.SyncRequests.Count} syncs");
        double[] gaps = [.. simulation.PollRequests.Skip(4).Zip(simulation.PollRequests.Skip(5), (one, next) => (next - one).TotalSeconds)];
        Assert.True(gaps[^1] > 2 * gaps[0], string.Join(' ', gaps));
        Assert.Equal(DownlinkRoutes.None, simulation.Reports[^2].Status.Route);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void First_poll_that_is_never_answered_covers_for_30_s_and_no_longer(bool opensStreams)
    {
        Simulation simulation = Run(
            new Script(S(44), [new Segment(TimeSpan.Zero, new Behaviour { Reach = Reach.Unanswered })]), 1,
            new DownlinkSettings { AgentId = "a", Mode = opensStreams ? DownlinkMode.Auto : DownlinkMode.LongPoll });

        TimeSpan asked = simulation.PollRequests[0];
        (TimeSpan at, MachineStatus status) = simulation.Reports.First(
            report => report.At > asked && !report.Status.Route.HasFlag(DownlinkRoutes.LongPoll));
        Assert.Equal(30, (at - asked).TotalSeconds, 0.1);
        Assert.False(status.MayCover());
        Assert.Contains("not answered", status.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Refused_key_that_is_accepted_on_one_endpoint_is_tried_on_the_others_at_once(int seed)
    {
        var refused = new Behaviour { Events = Refusal.Unauthorized, Wake = Refusal.Unauthorized, Sync = Refusal.Unauthorized };
        TimeSpan healed = Hours - TimeSpan.FromHours(1);
        Simulation simulation = Run(seed, new Segment(TimeSpan.Zero, refused), new Segment(healed, Behaviour.Healthy));

        TimeSpan attempt = simulation.Attempts[^1];
        TimeSpan sync = simulation.SyncRequests.First(at => at >= healed);
        Assert.True((attempt - sync).Duration() <= S(2 * PollConnect), $"stream at {attempt}, sync at {sync}");
    }

    [Fact]
    public void Key_that_is_refused_on_wake_alone_is_tried_again_after_30_s_doubling_to_15_minutes()
    {
        Simulation simulation = Run(Behaviour.Mute with { Wake = Refusal.Unauthorized }, 1);

        double expected = 30;
        foreach ((TimeSpan one, TimeSpan next) in simulation.Attempts.Zip(simulation.Attempts.Skip(1)))
        {
            Assert.InRange((next - one).TotalSeconds - Grace - PollConnect, expected * 0.9, expected * 1.1);
            expected = Math.Min(expected * 2, 900);
        }
    }

    [Fact]
    public void Key_that_is_refused_on_wake_alone_is_as_new_after_a_stable_stream()
    {
        // Each stream lives for minutes before its silence asks for the long-poll.
        Segment[] path = [.. Enumerable.Range(0, 12).Select(index => new Segment(
            S(index * 900), (index % 2 == 0 ? Behaviour.Healthy : Behaviour.Mute) with { Wake = Refusal.Unauthorized },
            OpenConnections.Adopt))];
        Simulation simulation = Run(1, path);

        foreach (TimeSpan healed in path.Where((_, index) => index % 2 == 0).Skip(1).Select(segment => segment.From))
        {
            // Refused at 30, 90, 210, 450 s and so on of the 900 s before: at most 8 minutes and a tenth are left.
            Assert.InRange((simulation.Attempts.First(at => at >= healed) - healed).TotalSeconds, 0, 530);
        }
    }

    [Theory]
    [InlineData(nameof(Refusal.Broken))]
    [InlineData(nameof(Refusal.Busy))]
    [InlineData(nameof(Refusal.NotOffered))]
    public void Stream_that_a_mirror_refuses_is_tried_on_the_other(string refusal)
    {
        var refusing = new Behaviour { Events = Enum.Parse<Refusal>(refusal), RetryAfter = S(60) };
        var script = new Script(Hours, [new Segment(TimeSpan.Zero, refusing)], [new Segment(TimeSpan.Zero, Behaviour.Healthy)]);
        Simulation simulation = Run(script, 1);

        Assert.Equal([0, 1], simulation.MirrorsOfStreams);
        Assert.Equal(DownlinkState.Live, simulation.Reports[^2].Status.State);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Retry_after_of_5_minutes_is_not_made_longer_by_jitter(int seed)
    {
        var busy = new Behaviour { Events = Refusal.Busy, Wake = Refusal.Busy, Sync = Refusal.Busy, RetryAfter = TimeSpan.FromMinutes(5) };
        Simulation simulation = Run(busy, seed);

        foreach (List<TimeSpan> requests in (List<TimeSpan>[])[simulation.StreamRequests, simulation.PollRequests])
        {
            Assert.All(requests.Zip(requests.Skip(1), (one, next) => (next - one).TotalSeconds),
                gap => Assert.InRange(gap, 300, 300 + (2 * PollConnect)));
        }

        Assert.All(
            simulation.SyncRequests.Zip(simulation.SyncRequests.Skip(1), (one, next) => (next - one).TotalSeconds), gap =>
                Assert.InRange(gap, 300, 311 + PollConnect));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Retry_after_of_the_stream_holds_though_the_poll_s_key_is_refused(int seed)
    {
        Simulation simulation = Run(new Behaviour { Events = Refusal.Busy, Wake = Refusal.Unauthorized, RetryAfter = S(240) }, seed);

        Assert.All(simulation.Attempts.Zip(simulation.Attempts.Skip(1), (one, next) => (next - one).TotalSeconds),
            gap => Assert.True(gap >= 240 - 0.001, $"{gap}"));
    }

    [Fact]
    public void Poll_that_is_held_and_cut_is_answered_though_another_mirror_is_dead()
    {
        var script = new Script(
            Hours,
            [new Segment(TimeSpan.Zero, new Behaviour { MuteFrom = MuteFrom.Start, CutAfter = S(10) })],
            [new Segment(TimeSpan.Zero, new Behaviour { Reach = Reach.BlackHole })]);
        Simulation simulation = Run(script, 1);

        AssertBlind(simulation, Grace + PollConnect);
        Assert.True(simulation.PollRequests.Count >= Hours.TotalSeconds / 10.1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pause_between_polls_that_are_answered_too_quickly_is_not_covered(bool wakes)
    {
        var quick = Behaviour.Mute with { PollHold = S(0.01), Wakes = wakes };
        Simulation simulation = Run(1, new Segment(TimeSpan.Zero, quick), new Segment(S(600), Behaviour.Mute));

        MachineStatus paused = simulation.Reports.Last(report => report.At < S(600)).Status;
        Assert.False(paused.MayCover(), $"{paused}");
        Assert.True(simulation.Reports[^2].Status.MayCover());
        Assert.True(simulation.Reports.First(report => report.At > S(600) && report.Status.MayCover()).At < S(600 + 32));
    }
}
