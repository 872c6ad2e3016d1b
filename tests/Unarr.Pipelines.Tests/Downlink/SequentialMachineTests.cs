using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.Deciding;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>The stream's side of the protocol's sequential rule, timer for timer.</summary>
public sealed class SequentialMachineTests
{
    private static readonly DownlinkSettings Auto = new() { AgentId = "agent", Hedging = false };

    [Fact]
    public void Mute_path_falls_back_after_124_seconds_and_not_before()
    {
        MachineDriver driver = MachineDriver.Started(Auto);
        for (int attempt = 1; attempt <= 3; attempt++)
        {
            Assert.Equal(attempt, driver.StreamsOpened);
            Assert.Equal(DownlinkState.Connecting, driver.Status.State);
            driver.Open();
            driver.PassSeconds(39.999);
            Assert.NotEqual(0, driver.Stream);
            driver.PassSeconds(0.001);
            Assert.Equal(0, driver.Stream);
            if (attempt < 3)
            {
                Assert.Equal(DownlinkState.Waiting, driver.Status.State);
                Assert.Equal(0, driver.PollsStarted);
                driver.PassSeconds(1.999);
                Assert.Equal(0, driver.Stream);
                driver.PassSeconds(0.001);
            }
        }

        Assert.Equal(TimeSpan.FromSeconds(124), driver.Now);
        Assert.Equal(1, driver.PollsStarted);
        Assert.Equal(DownlinkRoutes.LongPoll, driver.Status.Route);
        Assert.Contains("3 unhealthy streams in a row, the last one: silent for 40.0 s", driver.Status.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void First_frame_makes_the_stream_live()
    {
        MachineDriver driver = MachineDriver.Started(Auto);
        driver.Open();
        Assert.Equal((DownlinkRoutes.None, DownlinkState.Connecting), (driver.Status.Route, driver.Status.State));
        driver.Frames();
        Assert.Equal((DownlinkRoutes.Stream, DownlinkState.Live), (driver.Status.Route, driver.Status.State));
        Assert.Equal(new Uri("https://mirror.example"), driver.Status.Mirror);
    }

    [Fact]
    public void Each_frame_restarts_the_liveness_clock()
    {
        MachineDriver driver = MachineDriver.Started(Auto);
        driver.Open();
        for (int beat = 0; beat < 100; beat++)
        {
            driver.PassSeconds(39.9);
            driver.Frames();
        }

        Assert.Equal(1, driver.StreamsOpened);
        driver.PassSeconds(40);
        Assert.Equal(0, driver.Stream);
    }

    [Fact]
    public void Silence_is_unhealthy_whatever_arrived_before()
    {
        MachineDriver driver = MachineDriver.Started(Auto);
        for (int attempt = 1; attempt <= 3; attempt++)
        {
            driver.Open();
            driver.Frames();
            driver.PassSeconds(attempt < 3 ? 42 : 40);
        }

        Assert.Equal(DownlinkRoutes.LongPoll, driver.Status.Route);
        Assert.Equal(3, driver.StreamsOpened);
    }

    [Fact]
    public void Streams_that_end_after_a_frame_never_fall_back()
    {
        MachineDriver driver = MachineDriver.Started(Auto);
        for (int attempt = 1; attempt <= 500; attempt++)
        {
            driver.Open();
            driver.Frames();
            driver.End();
            Assert.Equal(DownlinkState.Waiting, driver.Status.State);
            driver.PassSeconds(1.999);
            Assert.Equal(0, driver.Stream);
            driver.PassSeconds(0.001);
            Assert.Equal(attempt + 1, driver.StreamsOpened);
        }

        Assert.Equal(0, driver.PollsStarted);
    }

    [Fact]
    public void A_healthy_stream_resets_the_count()
    {
        MachineDriver driver = MachineDriver.Started(Auto);
        for (int round = 0; round < 10; round++)
        {
            driver.End("refused");
            driver.PassSeconds(2);
            driver.Open();
            driver.End("ended without a frame");
            driver.PassSeconds(2);
            driver.Open();
            driver.Frames();
            driver.End();
            driver.PassSeconds(2);
        }

        Assert.Equal(0, driver.PollsStarted);
        driver.End();
        driver.PassSeconds(2);
        driver.End();
        driver.PassSeconds(2);
        Assert.Equal(0, driver.PollsStarted);
        driver.End("the third in a row");
        Assert.Equal(1, driver.PollsStarted);
    }

    [Fact]
    public void A_frame_of_the_stream_before_does_not_make_the_next_one_healthy()
    {
        MachineDriver driver = MachineDriver.Started(Auto);
        driver.Open();
        driver.Frames();
        driver.End();
        for (int attempt = 0; attempt < 3; attempt++)
        {
            driver.PassSeconds(2);
            driver.Open();
            driver.End();
        }

        Assert.Equal(1, driver.PollsStarted);
    }

    [Fact]
    public void Opening_has_no_timer_of_its_own()
    {
        MachineDriver driver = MachineDriver.Started(Auto);
        Assert.Equal(DownlinkMachine.Never, driver.Due);
        driver.PassSeconds(3600);
        Assert.Equal(1, driver.StreamsOpened);
        driver.Open();
        Assert.Equal(driver.Now + TimeSpan.FromSeconds(40), driver.Due);
    }

    [Fact]
    public void A_busy_handler_stops_the_liveness_clock_and_a_free_one_starts_it_anew()
    {
        MachineDriver driver = MachineDriver.Started(Auto);
        driver.Open();
        driver.Frames();
        driver.PassSeconds(39);
        driver.Send(DownlinkInputKind.HandlerBusy, driver.Stream);
        Assert.Equal(DownlinkMachine.Never, driver.Due);
        driver.PassSeconds(7200);
        Assert.Equal(DownlinkState.Live, driver.Status.State);
        driver.Send(DownlinkInputKind.HandlerFree, driver.Stream);
        driver.PassSeconds(39.999);
        Assert.Equal(1, driver.StreamsOpened);
        Assert.NotEqual(0, driver.Stream);
        driver.PassSeconds(0.001);
        Assert.Equal(0, driver.Stream);
    }

    [Fact]
    public void Late_inputs_of_an_old_stream_are_ignored()
    {
        MachineDriver driver = MachineDriver.Started(Auto);
        int old = driver.Stream;
        driver.Open();
        driver.PassSeconds(42);
        Assert.NotEqual(old, driver.Stream);
        foreach (DownlinkInputKind kind in new[]
        {
            DownlinkInputKind.StreamOpened, DownlinkInputKind.Frames, DownlinkInputKind.HandlerBusy, DownlinkInputKind.HandlerFree,
            DownlinkInputKind.StreamEnded, DownlinkInputKind.PollAnswered, DownlinkInputKind.PollFailed,
        })
        {
            MachineStatus before = driver.Status;
            TimeSpan due = driver.Due;
            driver.Send(kind, old, wake: true);
            Assert.Equal(before, driver.Status);
            Assert.Equal(due, driver.Due);
        }

        Assert.Empty(driver.Syncs);
        Assert.Equal(2, driver.StreamsOpened);
    }

    [Fact]
    public void A_due_that_comes_early_is_ignored()
    {
        MachineDriver driver = MachineDriver.Started(Auto);
        driver.Open();
        driver.PassSeconds(39.9);
        driver.Send(DownlinkInputKind.Due);
        Assert.NotEqual(0, driver.Stream);
    }

    [Fact]
    public void Sse_mode_never_polls()
    {
        MachineDriver driver = MachineDriver.Started(Auto with { Mode = DownlinkMode.Stream });
        for (int attempt = 1; attempt <= 50; attempt++)
        {
            Assert.Equal(attempt, driver.StreamsOpened);
            driver.Open();
            driver.PassSeconds(42);
        }

        Assert.Equal(0, driver.PollsStarted);
    }
}
