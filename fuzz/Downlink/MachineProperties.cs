using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.Deciding;
using Unarr.Pipelines.Tests.Downlink;
using Xunit;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>What holds of both rules as a unit, in every mode, whatever exchanges do; of the hedging one with any options, too.
/// A failure is the shortest script found.</summary>
public sealed class MachineProperties
{
    [Many(5_000, Arbitrary = [typeof(MachineArbitraries)], EndSize = 120)]
    public void Hedging_machine_never_stops_for_good_and_a_parked_one_has_nothing_open(MachineScript script) =>
        Check(script, hedging: true);

    [Many(5_000, Arbitrary = [typeof(MachineArbitraries)], EndSize = 120)]
    public void Sequential_machine_never_stops_for_good_and_a_parked_one_has_nothing_open(MachineScript script) =>
        Check(script, hedging: false);

    [Many(5_000, Arbitrary = [typeof(MachineArbitraries)], EndSize = 60)]
    public void Nothing_has_an_effect_after_a_shutdown(MachineScript before, MachineScript after, bool hedging)
    {
        MachineDriver driver = Started(before, hedging);
        before.Run(driver, () => { });

        driver.Send(DownlinkInputKind.Shutdown);
        Assert.Equal((0, 0), (driver.Stream, driver.Poll));
        int effects = driver.Effects;
        after.Run(driver, () => Assert.Equal(
            (effects, DownlinkMachine.Never, DownlinkState.Stopped), (driver.Effects, driver.Due, driver.Status.State)));
        driver.Send(DownlinkInputKind.Start);
        driver.Send(DownlinkInputKind.Shutdown);
        Assert.Equal(effects, driver.Effects);
    }

    [Many(2_000, Arbitrary = [typeof(MachineArbitraries)], EndSize = 120)]
    public void Machine_is_covered_again_once_all_is_well(MachineScript script, bool hedging)
    {
        MachineDriver driver = Started(script, hedging);
        script.Run(driver, () => { });

        TimeSpan latest = driver.Now + (hedging ? LongestWait(script.Options) : TimeSpan.FromHours(3));
        while (driver.Now < latest && !IsWell(driver, script.Mode))
        {
            Answer(driver);
            driver.Pass(NextAnswer(driver, script.Options, hedging));
        }

        Assert.True(IsWell(driver, script.Mode), $"{driver.Status}");
    }

    private static bool IsWell(MachineDriver driver, DownlinkMode mode) =>
        driver.Status.State == (mode == DownlinkMode.LongPoll ? DownlinkState.Polling : DownlinkState.Live) && !driver.IsParked;

    /// <summary>The longest wait of all: that of an agent that is refused, of a window that has doubled to half an hour,
    /// or what the options ask for; and the time in which frames prove a stream whose interval is two minutes.</summary>
    private static TimeSpan LongestWait(DownlinkSettings options)
    {
        TimeSpan longest = TimeSpan.FromMinutes(30);
        foreach (TimeSpan time in (TimeSpan[])[options.FallbackWindow, options.ReconnectDelay * 2, options.PollRetryDelay])
        {
            longest = time > longest ? time : longest;
        }

        return (longest * 1.1) + TimeSpan.FromMinutes(5);
    }

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

    /// <summary>How long it takes until the next frame comes, or the next answer of a poll that is held.</summary>
    private static TimeSpan NextAnswer(MachineDriver driver, DownlinkSettings options, bool hedging)
    {
        if (!hedging || driver.Stream != 0)
        {
            TimeSpan most = (options.LivenessTimeout ?? TimeSpan.MaxValue) / 2;
            return hedging && most < TimeSpan.FromSeconds(1) ? most : TimeSpan.FromSeconds(1);
        }

        TimeSpan held = TimeSpan.FromSeconds(28);
        return driver.Due > driver.Now && driver.Due < driver.Now + held ? driver.Due - driver.Now : held;
    }

    private static void Check(MachineScript script, bool hedging)
    {
        MachineDriver driver = Started(script, hedging);
        script.Run(driver, () =>
        {
            Assert.True(driver.Stream == 0 || script.Mode != DownlinkMode.LongPoll, "poll mode opened a stream");
            Assert.True(driver.Poll == 0 || script.Mode != DownlinkMode.Stream, "sse mode polled");
            Assert.True(driver.Stream != 0 || driver.Poll != 0 || driver.Due != DownlinkMachine.Never,
                "nothing is open and nothing is due");
            Assert.True(!driver.IsParked || (driver.Stream, driver.Poll) == (0, 0), "something is open while the agent is parked");
            Assert.True(!driver.IsParked || driver.Status is { State: DownlinkState.Refused, Route: DownlinkRoutes.None },
                $"parked: {driver.Status}");
            Assert.True(
                driver.Status.State is not (DownlinkState.Refused or DownlinkState.Unauthorized)
                    || driver.Status.Route == DownlinkRoutes.None,
                $"a route though refused: {driver.Status}");
        });

        driver.Send(DownlinkInputKind.Shutdown);
        Assert.Equal((0, 0, DownlinkMachine.Never, DownlinkState.Stopped), (driver.Stream, driver.Poll, driver.Due, driver.Status.State));
    }

    private static MachineDriver Started(MachineScript script, bool hedging)
    {
        var random = new Random(script.Steps.Length);
        var driver = new MachineDriver(
            hedging
                ? new HedgingMachine(script.Options, random.NextDouble)
                : new SequentialMachine(new DownlinkSettings { AgentId = "agent", Mode = script.Mode, Hedging = false }, random.NextDouble),
            allowBoth: hedging);
        driver.Send(DownlinkInputKind.Start);
        return driver;
    }
}
