using Unarr.Pipelines.Pacing;

namespace Unarr.Agents.Downlink.Deciding;

/// <summary>When the next attempt is, and before when the server asked for none.</summary>
internal sealed class AttemptSchedule(DownlinkSettings options, RefusalSchedule refusals, Func<double> random)
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    private TimeSpan _notBefore;
    private int _delays;

    // When anything last came from the control plane.
    private TimeSpan _heard;

    /// <summary>When the next attempt is; never while one is under way.</summary>
    public TimeSpan Due { get; private set; } = DownlinkMachine.Never;

    /// <summary>The attempt is made, or none will be.</summary>
    public void Clear() => Due = DownlinkMachine.Never;

    /// <summary>Something came from the control plane.</summary>
    public void Heard(TimeSpan at) => _heard = at;

    /// <summary>Plans the next attempt after the end of a stream.</summary>
    /// <param name="rule">How long to wait.</param>
    /// <param name="at">When the stream ended.</param>
    /// <param name="retryAfter">How long the server asked to be left alone; zero when it did not.</param>
    /// <param name="window">How long the long-poll runs alone, if it does.</param>
    public void Plan(AttemptRule rule, TimeSpan at, TimeSpan retryAfter, TimeSpan window)
    {
        switch (rule)
        {
            case AttemptRule.Reconnect:
                _delays = 0;
                Due = at + (options.ReconnectDelay * (1 + random()));
                break;
            case AttemptRule.Backoff:
                Due = at + Delay(at, retryAfter);
                break;
            case AttemptRule.Outage:
                Due = at + OutageDelay(at, Delay(at, retryAfter));
                break;
            case AttemptRule.Window:
                TimeSpan delay = Delay(at, retryAfter);
                window = Backoff.Jittered(window, random());
                Due = at + (window > retryAfter ? window : delay);
                break;
            case AttemptRule.Refused:
                AtOrAfter(at + refusals.Next());
                break;
            case AttemptRule.Gone:
                AtOrAfter(at + RefusalSchedule.Gone);
                break;
        }
    }

    /// <summary>The long-poll fails in its window, which is over: the next attempt is an outage's.</summary>
    public void GiveUpWindow(TimeSpan at) => AtOrAfter(at + OutageDelay(at, Delay(at, retryAfter: TimeSpan.Zero)));

    /// <summary>What waits because it was refused waits no longer, unless the server asked to be left alone.</summary>
    public void BringForward(TimeSpan at) => AtOrAfter(at);

    /// <summary>The next failure is the first in a row.</summary>
    public void Forgive() => _delays = 0;

    /// <summary>All agents of a server that is back hear of it within a sync interval: their streams come evenly over the rest of
    /// 30 s.</summary>
    /// <returns>Whether the attempt was moved there: the server asked for nothing later, and the rest is not empty.</returns>
    public bool Spread(TimeSpan at)
    {
        TimeSpan spread = LongestDelay - (options.SyncInterval * 1.1);
        if (spread <= TimeSpan.Zero)
        {
            return false;
        }

        TimeSpan soon = at + (spread * random());
        AtOrAfter(soon);
        return Due == soon;
    }

    private void AtOrAfter(TimeSpan time) => Due = time > _notBefore ? time : _notBefore;

    private TimeSpan Delay(TimeSpan at, TimeSpan retryAfter)
    {
        TimeSpan delay = Backoff.Delay(options.ReconnectDelay, LongestDelay, _delays++, random());
        if (retryAfter > TimeSpan.Zero)
        {
            // "It outranks every delay of ours."
            delay = Backoff.Asked(retryAfter, random());
            _notBefore = at + delay;
        }

        return delay;
    }

    /// <summary>The longer an outage lasts the rarer it is asked after, however few attempts there were: those that hang are few, and all
    /// agents' would go on in the same step.</summary>
    private TimeSpan OutageDelay(TimeSpan at, TimeSpan delay)
    {
        TimeSpan silent = (at - _heard) / 2;
        TimeSpan longer = Backoff.Delay(silent < LongestDelay ? silent : LongestDelay, LongestDelay, 0, random());
        return longer > delay ? longer : delay;
    }
}
