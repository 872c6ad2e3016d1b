using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.Deciding;
using Unarr.Pipelines.Tests.Downlink;
using Xunit;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>The protocol's sequential rule, whatever happens; a failure is the shortest script found.</summary>
public sealed class SequentialMachineProperties
{
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);

    [Many(5_000, Arbitrary = [typeof(MachineArbitraries)], EndSize = 120)]
    public void Whatever_happens_at_most_one_route_is_open_and_something_is_due(MachineScript script)
    {
        MachineDriver driver = MachineDriver.Started(new DownlinkSettings { AgentId = "agent", Hedging = false, Mode = script.Mode });
        script.Run(driver, () =>
        {
            Assert.True(driver.Stream == 0 || script.Mode != DownlinkMode.LongPoll, "poll mode opened a stream");
            Assert.True(driver.Poll == 0 || script.Mode != DownlinkMode.Stream, "sse mode polled");
            Assert.True(driver.Stream != 0 || driver.Poll != 0 || driver.Due != DownlinkMachine.Never,
                "nothing is open and nothing is due");
        });
    }

    [Many(5_000, Arbitrary = [typeof(MachineArbitraries)], EndSize = 60)]
    public void A_shutdown_closes_what_is_open_and_nothing_has_an_effect_behind_it(MachineScript before, MachineScript after)
    {
        MachineDriver driver = MachineDriver.Started(new DownlinkSettings { AgentId = "agent", Hedging = false, Mode = before.Mode });
        before.Run(driver, () => { });

        driver.Send(DownlinkInputKind.Shutdown);
        Assert.Equal((0, 0), (driver.Stream, driver.Poll));
        int effects = driver.Effects;
        after.Run(driver, () =>
        {
            Assert.Equal(effects, driver.Effects);
            Assert.Equal(DownlinkMachine.Never, driver.Due);
            Assert.Equal(DownlinkState.Stopped, driver.Status.State);
        });
        driver.Send(DownlinkInputKind.Start);
        driver.Send(DownlinkInputKind.Shutdown);
        Assert.Equal(effects, driver.Effects);
    }

    [Many(5_000, Arbitrary = [typeof(MachineArbitraries)], EndSize = 40)]
    public void It_falls_back_exactly_at_so_many_unhealthy_streams_in_a_row_for_exactly_the_window(StreamFates streams)
    {
        DownlinkSettings options = new() { AgentId = "agent", Hedging = false, MaxStreamFailures = streams.MaxStreamFailures };
        MachineDriver driver = MachineDriver.Started(options);
        int inARow = 0;
        foreach (StreamFate fate in streams.Fates)
        {
            Meet(driver, fate);
            inARow = fate == StreamFate.Recycled ? 0 : inARow + 1;
            bool polls = inARow == streams.MaxStreamFailures;
            Assert.Equal((inARow, polls), (driver.Failures, driver.Poll != 0));

            int opened = driver.StreamsOpened;
            driver.Pass((polls ? options.FallbackWindow : options.ReconnectDelay) - Instant);
            Assert.Equal((opened, inARow), (driver.StreamsOpened, driver.Failures));
            driver.Pass(Instant);
            inARow = polls ? 0 : inARow;
            Assert.Equal((opened + 1, inARow, 0), (driver.StreamsOpened, driver.Failures, driver.Poll));
        }
    }

    private static void Meet(MachineDriver driver, StreamFate fate)
    {
        if (fate != StreamFate.Refused)
        {
            driver.Open();
        }

        if (fate is StreamFate.Recycled or StreamFate.Silent)
        {
            driver.Pass(DownlinkMachine.DefaultLivenessTimeout - Instant);
            driver.Frames();
        }

        if (fate is StreamFate.Mute or StreamFate.Silent)
        {
            driver.Pass(DownlinkMachine.DefaultLivenessTimeout - Instant);
            Assert.NotEqual(0, driver.Stream);
            driver.Pass(Instant);
            Assert.Equal(0, driver.Stream);
        }
        else
        {
            driver.End();
        }
    }
}
