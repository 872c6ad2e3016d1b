using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.Deciding;
using Unarr.Pipelines.Tests.Downlink;
using Xunit;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>"The long-poll runs whenever the stream is not proven, and stops when it is", whatever happens and with any options; a failure
/// is the shortest script found.</summary>
public sealed class HedgingMachineProperties
{
    private static readonly TimeSpan MostAsked = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShortestRefusal = TimeSpan.FromSeconds(30) * 0.9;
    private static readonly TimeSpan LongestRefusal = TimeSpan.FromMinutes(15) * 1.1;

    [Many(10_000, Arbitrary = [typeof(MachineArbitraries)], EndSize = 120)]
    public void The_long_poll_runs_whenever_frames_do_not_prove_the_stream_and_never_beside_one_that_is_proven(MachineScript script)
    {
        MachineDriver driver = Started(script);
        TimeSpan leftAlone = TimeSpan.Zero;
        TimeSpan startsBy = TimeSpan.Zero;
        script.Run(driver, happened =>
        {
            // What ended a poll says how long the next one may wait; where none has ended it starts at once, unless the server asked to be
            // left alone.
            if (happened.FailsPoll && IsFailure(happened.Step))
            {
                leftAlone = Latest(leftAlone, driver.Now + LongestAsked(happened.Step.RetryAfter));
            }

            bool isStopped = driver.Status.State == DownlinkState.Live || (IsRefused(driver.Status) && driver.Stream == 0);
            startsBy = happened.EndsPoll ? Latest(leftAlone, driver.Now + LongestWait(happened, script.Options))
                : driver.Poll != 0 || isStopped ? leftAlone
                : startsBy;

            bool isUnproven = driver.Status.State == DownlinkState.Suspect
                || (driver.Status.Route.HasFlag(DownlinkRoutes.Stream) && driver.Status.State != DownlinkState.Live);
            Assert.True(
                !isUnproven || script.Mode == DownlinkMode.Stream || driver.Poll != 0 || driver.Now <= startsBy,
                $"no poll at {driver.Now}, due by {startsBy}: {driver.Status}");
            // "About to end … from 0.8 of it less 2 s on": never younger than that, by the shortest life so far.
            bool mayEnd = driver.ShortestLife != TimeSpan.MaxValue
                && driver.Now - driver.HeadersAt >= (driver.ShortestLife * 0.8) - TimeSpan.FromSeconds(2);
            Assert.True(
                driver.Status.State != DownlinkState.Live || driver.Poll == 0 || mayEnd, "a poll beside a proven stream that is young");
        });
    }

    [Many(5_000, Arbitrary = [typeof(MachineArbitraries)], EndSize = 120)]
    public void Nothing_is_opened_before_the_time_for_which_the_server_asked_to_be_left_alone(MachineScript script)
    {
        MachineDriver driver = Started(script);
        TimeSpan noStreamBefore = TimeSpan.Zero;
        TimeSpan noPollBefore = TimeSpan.Zero;
        (int Streams, int Polls) seen = (driver.StreamsOpened, driver.PollsStarted);
        script.Run(driver, happened =>
        {
            TimeSpan asked = driver.Now + (happened.Step.RetryAfter < MostAsked ? happened.Step.RetryAfter : MostAsked);
            bool isNotOpened = happened.EndsStream && happened.Step.End is StreamEnd.NotOpened or StreamEnd.NotOffered;
            noStreamBefore = isNotOpened ? asked : noStreamBefore;
            noPollBefore = happened.FailsPoll && IsFailure(happened.Step) ? asked : noPollBefore;

            Assert.True(
                driver.StreamsOpened == seen.Streams || driver.StreamOpenedAt >= noStreamBefore, $"a stream before {noStreamBefore}");
            Assert.True(driver.PollsStarted == seen.Polls || driver.PollStartedAt >= noPollBefore, $"a poll before {noPollBefore}");
            seen = (driver.StreamsOpened, driver.PollsStarted);
        });
    }

    [Many(5_000, Arbitrary = [typeof(MachineArbitraries)], EndSize = 120)]
    public void A_refused_agent_has_nothing_open_until_its_time_is_over(MachineScript script)
    {
        MachineDriver driver = Started(script);
        DownlinkState before = driver.Status.State;
        script.Run(driver, happened =>
        {
            bool becomes = IsRefused(driver.Status) && happened.Step.Passes == TimeSpan.Zero && driver.Status.State != before;
            Assert.True(!becomes || (driver.Stream, driver.Poll) == (0, 0), $"refused with something open: {driver.Status}");
            Assert.True(!becomes || driver.Due >= driver.Now + ShortestRefusal, $"refused, and asks again at {driver.Due}");
            before = driver.Status.State;
        });
    }

    [Many(5_000, Arbitrary = [typeof(MachineArbitraries)], EndSize = 120)]
    public void What_is_late_has_no_effect_and_nothing_is_due_in_the_past(MachineScript script)
    {
        MachineDriver driver = Started(script);
        script.Run(driver, happened =>
        {
            Assert.True(!happened.IsStray || driver.Effects == happened.EffectsBefore, $"{happened.Step} has an effect");
            Assert.True(driver.Due >= driver.Now, $"due at {driver.Due}, which has passed at {driver.Now}");
        });
    }

    private static MachineDriver Started(MachineScript script)
    {
        var driver = new MachineDriver(new HedgingMachine(script.Options, new Random(script.Steps.Length).NextDouble), allowBoth: true);
        driver.Send(DownlinkInputKind.Start);
        return driver;
    }

    private static bool IsRefused(MachineStatus status) => status.State is DownlinkState.Unauthorized or DownlinkState.Refused;

    private static bool IsFailure(MachineStep step) =>
        step.Failure is PollFailure.Failed or PollFailure.Faulted && step.RetryAfter > TimeSpan.Zero;

    /// <summary>"Up to 10 % of jitter on top of it but never beyond 5 minutes."</summary>
    private static TimeSpan LongestAsked(TimeSpan retryAfter) => Earliest(retryAfter * 1.1, Latest(retryAfter, MostAsked));

    private static TimeSpan LongestWait(in MachineEvent happened, DownlinkSettings options) =>
        happened.FailsPoll && happened.Step.Failure == PollFailure.Unauthorized ? LongestRefusal
            : Latest(LongestDelay, options.PollRetryDelay);

    private static TimeSpan Latest(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static TimeSpan Earliest(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
