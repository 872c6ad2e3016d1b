using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.Deciding;
using Unarr.Pipelines.Tests.Downlink;
using Xunit;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>What holds of both rules as a unit, in every mode, whatever exchanges do; a failure is the shortest script found.</summary>
public sealed class MachineProperties
{
    [Many(5_000, Arbitrary = [typeof(MachineArbitraries)], EndSize = 120)]
    public void Hedging_machine_never_stops_for_good_and_a_parked_one_has_nothing_open(MachineScript script) => Check(script, hedging: true);

    [Many(5_000, Arbitrary = [typeof(MachineArbitraries)], EndSize = 120)]
    public void Sequential_machine_never_stops_for_good_and_a_parked_one_has_nothing_open(MachineScript script) => Check(script, hedging: false);

    [Many(2_000, Arbitrary = [typeof(MachineArbitraries)], EndSize = 120)]
    public void Machine_is_covered_again_once_all_is_well(MachineScript script, bool hedging)
    {
        MachineDriver driver = Started(script, hedging);
        script.Run(driver, () => { });

        // The longest wait of all is an agent's that is gone, or a window that has doubled to half an hour.
        for (int second = 0; second < 3 * 3600 && !IsWell(driver, script.Mode); second++)
        {
            Answer(driver);
            driver.PassSeconds(1);
        }

        Assert.True(IsWell(driver, script.Mode), $"{driver.Status}");
    }

    private static bool IsWell(MachineDriver driver, DownlinkMode mode) =>
        driver.Status.State == (mode == DownlinkMode.Poll ? DownlinkState.Polling : DownlinkState.Live) && !driver.IsParked;

    /// <summary>A stream opens and beats, and a poll is answered.</summary>
    private static void Answer(MachineDriver driver)
    {
        if (driver.Stream != 0)
        {
            driver.Open();
            driver.Send(DownlinkInputKind.HandlerFree, driver.Stream);
            driver.Send(new DownlinkInput(DownlinkInputKind.Frames, Generation: driver.Stream));
        }

        if (driver.Poll != 0)
        {
            driver.Answer();
        }
    }

    private static void Check(MachineScript script, bool hedging)
    {
        MachineDriver driver = Started(script, hedging);
        script.Run(driver, () =>
        {
            Assert.True(driver.Stream == 0 || script.Mode != DownlinkMode.Poll, "poll mode opened a stream");
            Assert.True(driver.Poll == 0 || script.Mode != DownlinkMode.Sse, "sse mode polled");
            Assert.True(driver.Stream != 0 || driver.Poll != 0 || driver.Due != DownlinkMachine.Never, "nothing is open and nothing is due");
            Assert.True(!driver.IsParked || (driver.Stream, driver.Poll) == (0, 0), "something is open while the agent is parked");
            Assert.True(!driver.IsParked || driver.Status is { State: DownlinkState.Refused, Route: DownlinkRoute.None }, $"parked: {driver.Status}");
            Assert.True(
                driver.Status.State is not (DownlinkState.Refused or DownlinkState.Unauthorized) || driver.Status.Route == DownlinkRoute.None,
                $"a route though refused: {driver.Status}");
        });

        driver.Send(DownlinkInputKind.Shutdown);
        Assert.Equal((0, 0, DownlinkMachine.Never, DownlinkState.Stopped), (driver.Stream, driver.Poll, driver.Due, driver.Status.State));
    }

    private static MachineDriver Started(MachineScript script, bool hedging)
    {
        var options = new DownlinkOptions { AgentId = "agent", Mode = script.Mode, Hedging = hedging };
        var random = new Random(script.Steps.Length);
        var driver = new MachineDriver(
            hedging ? new HedgingMachine(options, random.NextDouble) : new SequentialMachine(options, random.NextDouble), allowBoth: hedging);
        driver.Send(DownlinkInputKind.Start);
        return driver;
    }
}
