using Unarr.Agents.Downlink;
using Xunit;
using static Unarr.Pipelines.Fuzz.Downlink.Scenario;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>What one stream's frames and its end say of the path: heartbeats, bursts, recycling.</summary>
public sealed class StreamScenarioTests
{
    public static TheoryData<int> Seeds => Scenario.Seeds;

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
        Assert.DoesNotContain(simulation.PollRequests, poll => poll < simulation.Attempts[2]);
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
            seed, new Segment(TimeSpan.Zero, new Behaviour { MuteFrom = MuteFrom.Greeting }), new Segment(
                S(600), new Behaviour { ResetAfter = S(90) }));

        TimeSpan stable = simulation.Reports.First(report => report.At > S(600) && report.Status.State == DownlinkState.Live).At + S(91);
        Assert.All(
            simulation.Reports.Where(
                report => report.At > stable && report.Status is { State: DownlinkState.Live, Route: DownlinkRoutes.Stream }),
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
        Simulation simulation = Run(
            1, new Segment(TimeSpan.Zero, rare with { Beat = S(5) }), new Segment(TimeSpan.FromMinutes(10), rare, OpenConnections.Reset));

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
        Assert.True(simulation.Reports[^2].Status.Route.HasFlag(DownlinkRoutes.LongPoll));
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

    [Fact]
    public void Path_that_was_suspect_once_is_distrusted_though_the_server_recycles()
    {
        // Silent for more than 1.25 × 15 s once, until 20 s are learnt.
        Simulation simulation = Run(new Behaviour { Beat = S(20), RecycleAfter = S(50) }, 1);

        // One poll until the stream is proven, and one from shortly before it ends.
        Assert.InRange(simulation.PollRequests.Count, simulation.Attempts.Count, 2 * simulation.Attempts.Count);
        Assert.Single(simulation.Reports, report => report.Status.State == DownlinkState.Suspect);
    }

    [Fact]
    public void Heartbeat_interval_is_not_learnt_from_bursts_of_any_period()
    {
        foreach (int beat in (int[])[5, 10, 15, 20, 30])
        {
            for (double flush = beat * 1.3; flush < beat * 6; flush += 1.7)
            {
                Simulation simulation = Run(new Behaviour { FlushEvery = S(flush), Beat = S(beat), Told = S(beat) }, 1);
                Assert.True(simulation.Heartbeat <= S(Math.Max(beat, Interval)),
                    $"beats every {beat} s, flushed every {flush} s, learnt {simulation.Heartbeat}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Comment_then_mute_is_no_recycling_though_the_server_ends_the_stream_properly(int seed)
    {
        foreach (double lifetime in (double[])[Interval, Interval + 1, (1.25 * Interval) - 0.1])
        {
            Simulation simulation = Run(
                new Behaviour { MuteFrom = MuteFrom.Greeting, RecycleAfter = S(lifetime), Told = S(Interval) }, seed);

            Assert.True(simulation.Coverage.Deaf.TotalSeconds <= (1.25 * Interval) + (2 * PollConnect),
                $"deaf for {simulation.Coverage.Deaf}");
        }
    }

    [Fact]
    public void Told_interval_is_forgotten_when_a_later_stream_tells_none()
    {
        Simulation simulation = Run(
            1,
            new Segment(TimeSpan.Zero, new Behaviour { Told = S(60) }),
            new Segment(S(300), Behaviour.Healthy, OpenConnections.Reset));

        Assert.Equal(S(Interval), simulation.Heartbeat);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(47)]
    public void Path_that_holds_each_piece_back_is_live_and_delivers_where_a_comment_follows_each_event(int eventEvery)
    {
        Simulation simulation = Run(new Behaviour { HoldsBack = true, Told = S(Interval), EventEvery = S(eventEvery) }, 1);

        Assert.Equal(DownlinkState.Live, simulation.Reports[^2].Status.State);
        Assert.True(simulation.Coverage.Deaf <= S(Grace + PollConnect), $"deaf for {simulation.Coverage.Deaf}");
    }

    [Theory]
    [InlineData(7)]
    [InlineData(0.5)]
    public void Comment_right_behind_an_event_teaches_no_interval(double eventEvery)
    {
        Simulation simulation = Run(new Behaviour { Told = S(5), EventEvery = S(eventEvery) }, 1);

        Assert.Equal(S(Interval), simulation.Heartbeat);
        Assert.True(simulation.Reports.Count(report => report.Status.State == DownlinkState.Suspect) <= 4);
    }
}
