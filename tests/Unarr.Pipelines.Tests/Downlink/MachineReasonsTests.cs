using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.Deciding;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>What a status says of why it is so, word for word: people read it.</summary>
public sealed class MachineReasonsTests
{
    [Fact]
    public void Sequential_rule_tells_why()
    {
        var driver = MachineDriver.Started(new DownlinkSettings { AgentId = "agent", Hedging = false });
        driver.Open();
        driver.Frames();
        driver.End("the server recycles");
        driver.PassSeconds(3);
        for (int attempt = 0; attempt < 3; attempt++)
        {
            driver.Send(new DownlinkInput(DownlinkInputKind.StreamEnded, Generation: driver.Stream)
            {
                Detail = "status 503",
                RetryAfter = TimeSpan.FromSeconds(attempt),
            });
            driver.PassSeconds(3);
        }

        driver.Answer();
        driver.FailPoll("no route");
        driver.PassSeconds(60);
        driver.Answer();
        driver.PassSeconds(3600);
        Assert.Equal(
        [
            "Connecting: started",
            "Live: first frame received",
            "Waiting: the server recycles",
            "Connecting: trying again",
            "Waiting: status 503",
            "Connecting: trying again",
            "Waiting: status 503; the server asked for 1.0 s",
            "Connecting: trying again",
            "Polling: 3 unhealthy streams in a row, the last one: status 503; the server asked for 2.0 s",
            "Waiting: no route",
            "Polling: the long-poll is answered",
            "Connecting: the fallback window is over",
        ],
        driver.Reports);
    }

    [Fact]
    public void Hedging_rule_tells_why()
    {
        MachineDriver driver = Hedging(new DownlinkSettings { AgentId = "agent" });
        driver.PassSeconds(10);
        driver.Answer();
        driver.Open();
        driver.Frames();
        driver.PassSeconds(15);
        driver.Frames();
        driver.PassSeconds(15);
        driver.Frames();
        driver.PassSeconds(200);
        driver.FailPoll("no route");
        driver.PassSeconds(200);
        driver.Answer();
        driver.PassSeconds(3600);
        driver.Answer(wake: true);
        driver.PassSeconds(3600);
        Assert.Equal(
        [
            "Connecting: started",
            "Suspect: no frame 5.0 s after the attempt began; the long-poll starts alongside it",
            "Suspect: no frame 5.0 s after the attempt began; the long-poll starts alongside it",
            "Suspect: no frame 5.0 s after the attempt began; the long-poll starts alongside it",
            "Live: frames arrive as they should",
            "Suspect: silent for 18.8 s, expected a heartbeat every 15 s; the long-poll starts alongside it",
            "Polling: silent for 40.0 s, given up",
            "Probing: silent for 40.0 s, given up",
            "Suspect: no frame 5.0 s after the attempt began; the long-poll goes on alongside it",
            "Suspect: the long-poll is not answered",
            "Suspect: the long-poll is answered again",
        ],
        driver.Reports);
    }

    [Fact]
    public void Silent_stream_without_a_long_poll_is_all_that_is_told()
    {
        MachineDriver driver = Hedging(new DownlinkSettings { AgentId = "agent", Mode = DownlinkMode.Stream });
        driver.PassSeconds(6);
        driver.Open();
        driver.Frames();
        driver.PassSeconds(15);
        driver.Frames();
        driver.PassSeconds(39);
        Assert.Equal(
        [
            "Connecting: started",
            "Suspect: no frame 5.0 s after the attempt began",
            "Suspect: no frame 5.0 s after the attempt began",
            "Suspect: no frame 5.0 s after the attempt began",
            "Live: frames arrive as they should",
            "Suspect: silent for 18.8 s, expected a heartbeat every 15 s",
        ],
        driver.Reports);
    }

    [Fact]
    public void Long_poll_that_fails_beside_a_silent_stream_is_told()
    {
        MachineDriver driver = Hedging(new DownlinkSettings { AgentId = "agent" });
        driver.PassSeconds(6);
        driver.FailPoll("no route");
        driver.End("status 503");
        driver.PassSeconds(20);
        Assert.Equal(
        [
            "Connecting: started",
            "Suspect: no frame 5.0 s after the attempt began; the long-poll starts alongside it",
            "Suspect: no route",
            "Waiting: status 503",
            "Probing: status 503",
            "Suspect: no frame 5.0 s after the attempt began; the long-poll fails too",
        ],
        driver.Reports);
    }

    [Fact]
    public void Long_poll_that_goes_on_beside_a_silent_stream_is_told()
    {
        MachineDriver driver = Hedging(new DownlinkSettings { AgentId = "agent" });
        driver.PassSeconds(6);
        driver.End("status 503");
        driver.PassSeconds(20);
        Assert.Equal(
        [
            "Connecting: started",
            "Suspect: no frame 5.0 s after the attempt began; the long-poll starts alongside it",
            "Polling: status 503",
            "Probing: status 503",
            "Suspect: no frame 5.0 s after the attempt began; the long-poll goes on alongside it",
        ],
        driver.Reports);
    }

    [Fact]
    public void Long_poll_that_is_answered_too_quickly_is_told()
    {
        MachineDriver driver = Hedging(new DownlinkSettings { AgentId = "agent" });
        driver.PassSeconds(6);
        for (int answer = 0; answer < 20 && driver.Poll != 0; answer++)
        {
            driver.Answer(wake: true);
            driver.PassSeconds(0.1);
        }

        driver.End("status 503");
        driver.PassSeconds(20);
        Assert.Equal(
        [
            "Connecting: started",
            "Suspect: no frame 5.0 s after the attempt began; the long-poll starts alongside it",
            "Polling: status 503",
            "Waiting: status 503",
            "Probing: status 503",
            "Probing: the long-poll is held again",
            "Suspect: no frame 5.0 s after the attempt began; the long-poll goes on alongside it",
        ],
        driver.Reports);
    }

    [Fact]
    public void Mirror_that_was_passed_over_and_a_proper_end_are_told()
    {
        MachineDriver driver = Hedging(new DownlinkSettings { AgentId = "agent" });
        driver.Send(new DownlinkInput(DownlinkInputKind.StreamOpened, Generation: driver.Stream)
        {
            Detail = "https://b.example: no route",
            Mirror = new Uri("https://mirror.example"),
        });
        driver.Frames();
        driver.PassSeconds(15);
        driver.Frames();
        driver.PassSeconds(15);
        driver.End("the server recycles");
        Assert.Equal(
        [
            "Connecting: started",
            "Connecting: passed over: https://b.example: no route",
            "Live: frames arrive as they should",
            "Waiting: the server recycles",
        ],
        driver.Reports);
    }

    [Fact]
    public void What_the_server_asked_for_is_told_of_a_failure_and_not_of_a_refusal()
    {
        MachineDriver driver = Hedging(new DownlinkSettings { AgentId = "agent" });
        foreach (StreamEnd end in (StreamEnd[])[StreamEnd.NotOpened, StreamEnd.Unauthorized])
        {
            driver.Send(new DownlinkInput(DownlinkInputKind.StreamEnded, Generation: driver.Stream)
            {
                End = end,
                Detail = "status",
                RetryAfter = TimeSpan.FromSeconds(3),
            });
            driver.PassSeconds(4);
        }

        Assert.Equal(
        [
            "Connecting: started",
            "Polling: status; the server asked for 3.0 s",
            "Probing: status; the server asked for 3.0 s",
            "Unauthorized: status",
        ],
        driver.Reports);
    }

    [Fact]
    public void Long_poll_beside_a_silent_stream_that_is_not_answered_is_told()
    {
        MachineDriver driver = OpenBesideThePoll();
        driver.PassSeconds(100);
        Assert.Equal(
        [
            "Connecting: started",
            "Suspect: no frame 5.0 s after the attempt began; the long-poll starts alongside it",
            "Suspect: no frame 5.0 s after the attempt began; the long-poll starts alongside it",
            "Suspect: no frame 5.0 s after the attempt began; the long-poll starts alongside it",
            "Suspect: the long-poll is not answered",
            "Waiting: silent for 40.0 s, given up",
            "Probing: silent for 40.0 s, given up",
            "Suspect: no frame 5.0 s after the attempt began; the long-poll is not answered",
        ],
        driver.Reports);
    }

    [Fact]
    public void Long_poll_that_was_held_and_cut_is_an_answer()
    {
        MachineDriver driver = Hedging(new DownlinkSettings { AgentId = "agent", Mode = DownlinkMode.LongPoll });
        driver.FailPoll("no route");
        driver.PassSeconds(30);
        driver.Send(new DownlinkInput(DownlinkInputKind.PollFailed, Generation: driver.Poll) { Failure = PollFailure.Cut });
        Assert.NotEqual(0, driver.Poll);
        Assert.Equal(
        [
            "Polling: started",
            "Waiting: no route",
            "Polling: the long-poll is answered again",
        ],
        driver.Reports);
    }

    [Fact]
    public void Long_poll_that_is_answered_too_quickly_is_told_at_once()
    {
        MachineDriver driver = Hedging(new DownlinkSettings { AgentId = "agent", Mode = DownlinkMode.LongPoll });
        for (int answer = 0; answer < 20 && driver.Poll != 0; answer++)
        {
            driver.Answer();
            driver.PassSeconds(0.1);
        }

        Assert.Equal(
        [
            "Polling: started",
            "Waiting: the long-poll is answered at once, again and again: it is sent with growing delays",
        ],
        driver.Reports);
    }

    [Fact]
    public void Silent_stream_beside_a_long_poll_that_is_answered_too_quickly_is_told()
    {
        MachineDriver driver = OpenBesideThePoll();
        for (int answer = 0; answer < 20 && driver.Poll != 0; answer++)
        {
            driver.Answer();
            driver.PassSeconds(0.1);
        }

        driver.PassSeconds(20);
        Assert.Equal(
        [
            "Connecting: started",
            "Suspect: no frame 5.0 s after the attempt began; the long-poll starts alongside it",
            "Suspect: no frame 5.0 s after the attempt began; the long-poll starts alongside it",
            "Suspect: no frame 5.0 s after the attempt began; the long-poll starts alongside it",
            "Suspect: the long-poll is answered at once, again and again: it is sent with growing delays",
            "Suspect: the long-poll is held again",
        ],
        driver.Reports);
    }

    private static MachineDriver OpenBesideThePoll()
    {
        MachineDriver driver = Hedging(new DownlinkSettings { AgentId = "agent" });
        driver.PassSeconds(6);
        driver.Open();
        driver.Frames();
        return driver;
    }

    private static MachineDriver Hedging(DownlinkSettings settings)
    {
        MachineDriver driver = new(new HedgingMachine(settings, () => 0.5), allowBoth: true);
        driver.Send(DownlinkInputKind.Start);
        return driver;
    }
}
