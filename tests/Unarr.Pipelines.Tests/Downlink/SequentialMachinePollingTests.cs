using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.Deciding;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>The long-poll's side of the protocol's sequential rule, and the end of both.</summary>
public sealed class SequentialMachinePollingTests
{
    private static readonly DownlinkSettings Auto = new() { AgentId = "agent", Hedging = false };

    [Fact]
    public void After_the_window_the_stream_is_tried_again_with_a_count_of_zero()
    {
        MachineDriver driver = FallenBack();
        driver.PassSeconds(299.999);
        Assert.Equal(3, driver.StreamsOpened);
        Assert.Equal(3, driver.Failures);
        driver.PassSeconds(0.001);
        Assert.Equal(4, driver.StreamsOpened);
        Assert.Equal(0, driver.Failures);
        Assert.Equal(0, driver.Poll);

        driver.End();
        driver.PassSeconds(2);
        driver.End();
        driver.PassSeconds(2);
        Assert.Equal(6, driver.StreamsOpened);
        Assert.Equal(1, driver.PollsStarted);
        driver.End();
        Assert.Equal(2, driver.PollsStarted);
        Assert.Equal(DownlinkRoutes.LongPoll, driver.Status.Route);
    }

    [Fact]
    public void Window_is_five_minutes_however_often_the_poll_is_answered_or_fails()
    {
        MachineDriver driver = FallenBack();
        TimeSpan start = driver.Now;
        for (int poll = 0; poll < 10; poll++)
        {
            driver.PassSeconds(15);
            driver.Answer();
            driver.PassSeconds(13);
            driver.FailPoll();
            driver.PassSeconds(2);
        }

        Assert.Equal(start + TimeSpan.FromMinutes(5), driver.Now);
        Assert.Equal(4, driver.StreamsOpened);
    }

    [Fact]
    public void An_answered_poll_is_asked_again_at_once()
    {
        MachineDriver driver = FallenBack();
        for (int answer = 1; answer <= 20; answer++)
        {
            driver.PassSeconds(1);
            driver.Answer();
            Assert.NotEqual(0, driver.Poll);
            Assert.Equal(answer + 1, driver.PollsStarted);
        }

        Assert.Empty(driver.Syncs);
    }

    [Fact]
    public void A_wake_triggers_a_sync()
    {
        MachineDriver driver = FallenBack();
        driver.Answer(wake: true);
        Assert.Equal([SyncReason.Wake], driver.Syncs);
        Assert.NotEqual(0, driver.Poll);
    }

    [Fact]
    public void A_failed_poll_is_asked_again_after_two_seconds()
    {
        MachineDriver driver = FallenBack();
        driver.FailPoll("HTTP 500");
        Assert.Equal(
            (DownlinkRoutes.None, DownlinkState.Waiting, "HTTP 500"), (driver.Status.Route, driver.Status.State, driver.Status.Reason));
        driver.PassSeconds(1.999);
        Assert.Equal(0, driver.Poll);
        driver.PassSeconds(0.001);
        Assert.Equal(2, driver.PollsStarted);
        driver.Answer();
        Assert.Equal((DownlinkRoutes.LongPoll, DownlinkState.Polling), (driver.Status.Route, driver.Status.State));
    }

    [Fact]
    public void A_poll_that_was_held_and_cut_is_an_answer()
    {
        MachineDriver driver = FallenBack();
        driver.PassSeconds(20);
        driver.Send(new DownlinkInput(
            DownlinkInputKind.PollFailed, Generation: driver.Poll)
        { Failure = PollFailure.Cut, Detail = "HTTP 504" });
        Assert.Equal((2, DownlinkRoutes.LongPoll, DownlinkState.Polling), (driver.PollsStarted, driver.Status.Route, driver.Status.State));
        Assert.Empty(driver.Syncs);
    }

    [Fact]
    public void The_windows_end_outranks_a_poll_retry_that_is_due_later()
    {
        MachineDriver driver = FallenBack();
        driver.PassSeconds(299);
        driver.FailPoll();
        driver.PassSeconds(1);
        Assert.Equal(4, driver.StreamsOpened);
        driver.PassSeconds(10);
        Assert.Equal(1, driver.PollsStarted);
    }

    [Fact]
    public void A_late_answer_of_an_old_poll_is_ignored()
    {
        MachineDriver driver = FallenBack();
        int old = driver.Poll;
        driver.Answer();
        driver.Send(DownlinkInputKind.PollAnswered, old, wake: true);
        Assert.Empty(driver.Syncs);
        Assert.Equal(2, driver.PollsStarted);

        int stopped = driver.Poll;
        driver.PassSeconds(300);
        driver.Send(DownlinkInputKind.PollAnswered, stopped, wake: true);
        Assert.Empty(driver.Syncs);
        Assert.Equal(0, driver.Poll);
    }

    [Fact]
    public void Poll_mode_never_opens_a_stream()
    {
        MachineDriver driver = MachineDriver.Started(Auto with { Mode = DownlinkMode.LongPoll });
        for (int poll = 0; poll < 100; poll++)
        {
            driver.PassSeconds(28);
            driver.Answer(wake: poll % 2 == 0);
            driver.PassSeconds(28);
            driver.FailPoll();
            driver.PassSeconds(2);
        }

        Assert.Equal(0, driver.StreamsOpened);
        Assert.Equal(201, driver.PollsStarted);
        Assert.Equal(50, driver.Syncs.Count);
    }

    [Theory]
    [InlineData("opening")]
    [InlineData("open")]
    [InlineData("live")]
    [InlineData("busy")]
    [InlineData("waiting")]
    [InlineData("polling")]
    [InlineData("poll failed")]
    public void Shutdown_closes_everything_and_nothing_happens_after_it(string when)
    {
        MachineDriver driver = when.StartsWith("poll", StringComparison.Ordinal) ? FallenBack() : MachineDriver.Started(Auto);
        Bring(driver, when);
        (int stream, int poll) = (driver.Stream, driver.Poll);

        driver.Send(DownlinkInputKind.Shutdown);
        Assert.Equal((0, 0), (driver.Stream, driver.Poll));
        Assert.Equal((DownlinkRoutes.None, DownlinkState.Stopped), (driver.Status.Route, driver.Status.State));
        Assert.Equal(DownlinkMachine.Never, driver.Due);

        (int streams, int polls) = (driver.StreamsOpened, driver.PollsStarted);
        foreach (DownlinkInputKind kind in Enum.GetValues<DownlinkInputKind>())
        {
            driver.Send(kind, stream, wake: true);
            driver.Send(kind, poll, wake: true);
        }

        Assert.Equal((streams, polls), (driver.StreamsOpened, driver.PollsStarted));
        Assert.Empty(driver.Syncs);
        Assert.Equal(DownlinkMachine.Never, driver.Due);
    }

    private static void Bring(MachineDriver driver, string to)
    {
        if (to is "open" or "live" or "busy")
        {
            driver.Open();
        }

        if (to is "live" or "busy")
        {
            driver.Frames();
        }

        if (to == "busy")
        {
            driver.Send(DownlinkInputKind.HandlerBusy, driver.Stream);
        }

        if (to == "waiting")
        {
            driver.End();
        }

        if (to == "poll failed")
        {
            driver.FailPoll();
        }
    }

    private static MachineDriver FallenBack()
    {
        MachineDriver driver = MachineDriver.Started(Auto);
        for (int attempt = 0; attempt < 3; attempt++)
        {
            driver.End("refused");
            driver.PassSeconds(attempt < 2 ? 2 : 0);
        }

        Assert.Equal(1, driver.PollsStarted);
        return driver;
    }
}
