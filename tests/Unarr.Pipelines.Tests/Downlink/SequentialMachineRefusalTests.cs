using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.Deciding;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>The sequential rule with an agent that is refused, and with a server that asks to be left alone. Jitter is the middle of each
/// range: 30 s for a refused key, and a twentieth more than the server asked for.</summary>
public sealed class SequentialMachineRefusalTests
{
    private static readonly DownlinkSettings Auto = new() { AgentId = "agent", Hedging = false };

    [Fact]
    public void Refused_key_is_tried_again_after_30_seconds_and_then_twice_as_long()
    {
        MachineDriver driver = MachineDriver.Started(Auto);
        foreach (int wait in (int[])[30, 60, 120, 240, 480, 900, 900])
        {
            RefuseKey(driver);
            Assert.Equal((DownlinkState.Unauthorized, 0, 0), (driver.Status.State, driver.Stream, driver.Poll));
            Assert.Equal(driver.Now + S(wait), driver.Due);
            driver.PassSeconds(wait);
            Assert.NotEqual(0, driver.Stream);
        }

        Assert.False(driver.IsParked);
        Assert.Equal(DownlinkState.Unauthorized, driver.Status.State);
        Assert.Equal(0, driver.KeysAccepted);
        driver.Open();
        Assert.Equal((1, DownlinkState.Connecting), (driver.KeysAccepted, driver.Status.State));
        Assert.Equal("the agent is accepted again", driver.Status.Reason);
        RefuseKey(driver);
        Assert.Equal(driver.Now + S(30), driver.Due);
    }

    [Fact]
    public void Stream_that_is_accepted_does_not_forgive_a_refused_poll()
    {
        MachineDriver driver = Polling();
        RefusePoll(driver);
        driver.PassSeconds(30);
        driver.Open();
        Assert.Equal(1, driver.KeysAccepted);
        Fail(driver);
        driver.PassSeconds(2);
        Fail(driver);
        driver.PassSeconds(2);
        Fail(driver);
        RefusePoll(driver);
        Assert.Equal(driver.Now + S(60), driver.Due);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Poll_that_is_accepted_forgives_a_refused_poll(bool isCut)
    {
        MachineDriver driver = MachineDriver.Started(Auto with { Mode = DownlinkMode.LongPoll });
        RefusePoll(driver);
        driver.PassSeconds(30);
        Assert.Equal((DownlinkRoutes.None, DownlinkState.Unauthorized), (driver.Status.Route, driver.Status.State));
        if (isCut)
        {
            driver.Send(new DownlinkInput(DownlinkInputKind.PollFailed, Generation: driver.Poll) { Failure = PollFailure.Cut });
        }
        else
        {
            driver.Answer();
        }

        Assert.Equal((DownlinkRoutes.LongPoll, DownlinkState.Polling), (driver.Status.Route, driver.Status.State));
        Assert.Equal("the long-poll is answered", driver.Status.Reason);
        Assert.Equal(1, driver.KeysAccepted);
        Assert.NotEqual(0, driver.Poll);
        RefusePoll(driver);
        Assert.Equal(driver.Now + S(30), driver.Due);
    }

    [Fact]
    public void Poll_that_is_accepted_does_not_forgive_a_refused_stream()
    {
        MachineDriver driver = MachineDriver.Started(Auto with { MaxStreamFailures = 1 });
        RefuseKey(driver);
        driver.PassSeconds(30);
        Fail(driver);
        driver.Answer();
        driver.PassSeconds(300);
        RefuseKey(driver);
        Assert.Equal(driver.Now + S(60), driver.Due);
    }

    [Theory]
    [InlineData(nameof(DownlinkInputKind.KeyAccepted), false, true)]
    [InlineData(nameof(DownlinkInputKind.RetryNow), false, true)]
    [InlineData(nameof(DownlinkInputKind.Synced), true, true)]
    [InlineData(nameof(DownlinkInputKind.Synced), false, false)]
    [InlineData(nameof(DownlinkInputKind.StreamOpened), false, false)]
    public void Refused_key_is_tried_again_at_once_when_it_may_be_accepted(string what, bool again, bool expected)
    {
        MachineDriver driver = MachineDriver.Started(Auto);
        RefuseKey(driver);
        driver.PassSeconds(7);
        driver.Send(new DownlinkInput(Enum.Parse<DownlinkInputKind>(what)) { Again = again });
        Assert.Equal(driver.Now + S(expected ? 0 : 23), driver.Due);
        driver.PassSeconds(0);
        Assert.Equal(expected, driver.Stream != 0);
    }

    [Theory]
    [InlineData("stream")]
    [InlineData("open")]
    [InlineData("poll")]
    [InlineData("sync")]
    [InlineData("sync beside a stream")]
    public void Agent_that_is_gone_is_parked_for_15_minutes(string what)
    {
        MachineDriver driver = what == "poll" || what == "sync" ? Polling() : MachineDriver.Started(Auto);
        if (what is "open" or "sync beside a stream")
        {
            driver.Open();
            driver.Frames();
        }

        driver.Send(what switch
        {
            "stream" or "open" => new DownlinkInput(DownlinkInputKind.StreamEnded, Generation: driver.Stream) { End = StreamEnd.Gone },
            "poll" => new DownlinkInput(DownlinkInputKind.PollFailed, Generation: driver.Poll) { Failure = PollFailure.Gone },
            _ => new DownlinkInput(DownlinkInputKind.SyncRefused),
        });
        Assert.Equal((0, 0, true, DownlinkState.Refused), (driver.Stream, driver.Poll, driver.IsParked, driver.Status.State));
        Assert.Equal(DownlinkRoutes.None, driver.Status.Route);
        Assert.Equal(driver.Now + TimeSpan.FromMinutes(15), driver.Due);

        // Told again, it is not put off.
        driver.PassSeconds(60);
        int effects = driver.Effects;
        driver.Send(new DownlinkInput(DownlinkInputKind.SyncRefused));
        Assert.Equal((effects, driver.Now + TimeSpan.FromMinutes(14)), (driver.Effects, driver.Due));
        driver.Pass(TimeSpan.FromMinutes(14));
        Assert.False(driver.IsParked);
        Assert.NotEqual(0, driver.Stream);
        Assert.Equal(DownlinkState.Refused, driver.Status.State);
        Assert.Equal(0, driver.Failures);
    }

    [Fact]
    public void Gone_agent_whose_key_was_refused_before_parks_its_syncs_too()
    {
        MachineDriver driver = MachineDriver.Started(Auto);
        RefuseKey(driver);
        driver.Send(new DownlinkInput(DownlinkInputKind.SyncRefused));
        Assert.True(driver.IsParked);
        Assert.Equal(driver.Now + TimeSpan.FromMinutes(15), driver.Due);
    }

    [Fact]
    public void Gone_agent_that_is_refused_once_more_is_parked_once_more()
    {
        MachineDriver driver = MachineDriver.Started(Auto);
        driver.Send(new DownlinkInput(DownlinkInputKind.SyncRefused));
        driver.Pass(TimeSpan.FromMinutes(15));
        driver.Send(new DownlinkInput(DownlinkInputKind.StreamEnded, Generation: driver.Stream) { End = StreamEnd.Gone });
        Assert.True(driver.IsParked);
        Assert.Equal(driver.Now + TimeSpan.FromMinutes(15), driver.Due);
    }

    [Fact]
    public void Sync_that_succeeds_readmits_a_gone_agent_once_in_15_minutes()
    {
        MachineDriver driver = MachineDriver.Started(Auto);
        foreach ((int seconds, bool readmits) in ((int, bool)[])[(60, true), (600, false), (299, false)])
        {
            Refuse();
            driver.PassSeconds(seconds);
            Assert.Equal(readmits, IsReadmitted());
        }

        // Here it is asked again by itself.
        driver.PassSeconds(1);
        Refuse();
        Assert.True(IsReadmitted());
        Refuse();
        driver.PassSeconds(899);
        Assert.False(IsReadmitted());

        void Refuse() => driver.Send(
            new DownlinkInput(DownlinkInputKind.StreamEnded, Generation: driver.Stream) { End = StreamEnd.Gone });

        bool IsReadmitted()
        {
            Assert.True(driver.IsParked);
            driver.Send(new DownlinkInput(DownlinkInputKind.Synced));
            driver.PassSeconds(0);
            return driver.Stream != 0 && !driver.IsParked;
        }
    }

    [Fact]
    public void Time_that_the_server_asks_for_is_waited_for_before_a_stream()
    {
        MachineDriver driver = MachineDriver.Started(Auto);
        Fail(driver, retryAfter: 100);
        Assert.Equal(driver.Now + S(105), driver.Due);
        driver.PassSeconds(5);

        // Whoever asks to try now waits for it too.
        driver.Send(DownlinkInputKind.RetryNow);
        Assert.Equal(driver.Now + S(100), driver.Due);
        driver.PassSeconds(100);
        Fail(driver);
        Assert.Equal(driver.Now + S(2), driver.Due);
        driver.PassSeconds(1);
        driver.Send(DownlinkInputKind.RetryNow);
        Assert.Equal(driver.Now, driver.Due);
    }

    [Fact]
    public void Time_that_the_server_asks_for_outlasts_a_refusal()
    {
        MachineDriver driver = MachineDriver.Started(Auto);
        Fail(driver, retryAfter: 100);
        driver.Send(new DownlinkInput(DownlinkInputKind.SyncRefused));
        Assert.Equal(driver.Now + TimeSpan.FromMinutes(15), driver.Due);
        driver.Send(new DownlinkInput(DownlinkInputKind.Synced));
        Assert.Equal(driver.Now + S(105), driver.Due);
        driver.Send(DownlinkInputKind.RetryNow);
        Assert.Equal(driver.Now + S(105), driver.Due);
        driver.PassSeconds(105);
        Assert.NotEqual(0, driver.Stream);
        Fail(driver, retryAfter: 2000);
        driver.Send(new DownlinkInput(DownlinkInputKind.SyncRefused) { Begun = driver.Now });
        Assert.Equal(driver.Now + S(2000), driver.Due);
    }

    [Fact]
    public void Time_that_the_server_asks_for_outlasts_the_window_of_the_long_poll()
    {
        MachineDriver driver = MachineDriver.Started(Auto with { MaxStreamFailures = 1, FallbackWindow = S(60) });
        Fail(driver, retryAfter: 200);
        Assert.NotEqual(0, driver.Poll);
        Assert.Equal(driver.Now + S(210), driver.Due);
        driver.PassSeconds(10);
        driver.Send(DownlinkInputKind.RetryNow);
        Assert.Equal(driver.Now + S(200), driver.Due);
        driver.PassSeconds(200);
        Assert.NotEqual(0, driver.Stream);
    }

    [Fact]
    public void Time_that_the_server_asks_for_is_waited_for_before_a_poll()
    {
        MachineDriver driver = Polling();
        FailPoll(driver, retryAfter: 40);
        Assert.Equal((driver.Now + S(42), 0), (driver.Due, driver.Poll));
        Assert.Equal((DownlinkRoutes.None, DownlinkState.Waiting), (driver.Status.Route, driver.Status.State));
        driver.PassSeconds(2);

        // Asked to try now, the window ends at once, and the wait does not: streams that fail find it as it was.
        driver.Send(DownlinkInputKind.RetryNow);
        driver.PassSeconds(0);
        Assert.NotEqual(0, driver.Stream);
        for (int attempt = 0; attempt < 3; attempt++)
        {
            Fail(driver);
            driver.PassSeconds(attempt < 2 ? 2 : 0);
        }

        Assert.Equal((0, 0, DownlinkState.Waiting), (driver.Stream, driver.Poll, driver.Status.State));
        Assert.Equal(driver.Now + S(36), driver.Due);
        driver.PassSeconds(36);
        Assert.NotEqual(0, driver.Poll);
        FailPoll(driver, retryAfter: 0);
        Assert.Equal(driver.Now + S(2), driver.Due);
    }

    [Fact]
    public void Poll_that_waits_is_tried_at_once_when_it_is_asked_for_and_no_window_ends()
    {
        MachineDriver driver = MachineDriver.Started(Auto with { Mode = DownlinkMode.LongPoll });
        Assert.Equal("the mode is poll", driver.Status.Reason);
        driver.Send(DownlinkInputKind.RetryNow);
        Assert.Equal(DownlinkMachine.Never, driver.Due);
        FailPoll(driver, retryAfter: 0);
        driver.Send(DownlinkInputKind.RetryNow);
        Assert.Equal(driver.Now, driver.Due);
        driver.PassSeconds(0);
        FailPoll(driver, retryAfter: 40);
        driver.Send(DownlinkInputKind.RetryNow);
        Assert.Equal(driver.Now + S(42), driver.Due);
    }

    [Fact]
    public void Failure_that_is_no_refusal_ends_the_state_of_a_refused_key()
    {
        MachineDriver driver = MachineDriver.Started(Auto);
        RefuseKey(driver);
        driver.PassSeconds(30);
        Fail(driver);
        Assert.Equal(DownlinkState.Waiting, driver.Status.State);
        driver.PassSeconds(2);
        Assert.Equal(DownlinkState.Connecting, driver.Status.State);
        driver.Open();
        Assert.Equal(0, driver.KeysAccepted);
    }

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);

    private static MachineDriver Polling()
    {
        MachineDriver driver = MachineDriver.Started(Auto);
        for (int attempt = 0; attempt < 3; attempt++)
        {
            Fail(driver);
            driver.PassSeconds(2);
        }

        Assert.NotEqual(0, driver.Poll);
        return driver;
    }

    private static void Fail(MachineDriver driver, double retryAfter = 0) =>
        driver.Send(new DownlinkInput(DownlinkInputKind.StreamEnded, Generation: driver.Stream)
        {
            End = StreamEnd.NotOpened,
            RetryAfter = S(retryAfter),
        });

    private static void FailPoll(MachineDriver driver, double retryAfter) =>
        driver.Send(new DownlinkInput(DownlinkInputKind.PollFailed, Generation: driver.Poll) { RetryAfter = S(retryAfter) });

    private static void RefuseKey(MachineDriver driver) =>
        driver.Send(new DownlinkInput(DownlinkInputKind.StreamEnded, Generation: driver.Stream) { End = StreamEnd.Unauthorized });

    private static void RefusePoll(MachineDriver driver) =>
        driver.Send(new DownlinkInput(DownlinkInputKind.PollFailed, Generation: driver.Poll) { Failure = PollFailure.Unauthorized });
}
