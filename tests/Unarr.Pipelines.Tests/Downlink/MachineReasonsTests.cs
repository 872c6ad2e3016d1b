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
        var driver = new MachineDriver(new HedgingMachine(new DownlinkSettings { AgentId = "agent" }, () => 0.5), allowBoth: true);
        driver.Send(DownlinkInputKind.Start);
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
}
