namespace Unarr.Agents.Downlink.Deciding;

/// <summary>The standing of the path over all its streams, and when the next attempt is.</summary>
internal sealed class PathStanding
{
    private readonly PathRecord _record;
    private readonly RefusalSchedule _refusals;
    private readonly AttemptSchedule _attempts;
    private bool _refusedPoll;

    public PathStanding(DownlinkSettings options, Func<double> random)
    {
        _record = new PathRecord(options.FallbackWindow);
        _refusals = new RefusalSchedule(random);
        _attempts = new AttemptSchedule(options, _refusals, random);
    }

    /// <summary>The standing.</summary>
    public Standing Standing { get; private set; }

    /// <summary>How many streams in a row were unhealthy.</summary>
    public int Failures => _record.Failures;

    /// <summary>Whether a stream is proven at its first frame.</summary>
    public bool IsTrusted => _record.IsTrusted;

    /// <summary>When the next attempt is; never while one is under way.</summary>
    public TimeSpan Due => _attempts.Due;

    /// <summary>Whether the agent was refused, and not accepted since.</summary>
    public bool IsParked => Standing is Standing.Unauthorized or Standing.Gone;

    /// <summary>Whether the agent was refused, and not tried again since: nothing runs.</summary>
    public bool Waits => IsParked && Due != DownlinkMachine.Never;

    /// <summary>Whether syncs wait too.</summary>
    public bool SyncsWait => Standing == Standing.Gone && Waits;

    /// <summary>An attempt begins, or none will.</summary>
    public void Attempted() => _attempts.Clear();

    /// <summary>A stream is suspect.</summary>
    public void Distrust() => _record.Distrust();

    /// <summary>A stream is proven.</summary>
    public void Proven() => Standing = Standing.Normal;

    /// <summary>Something came from the control plane on a stream.</summary>
    public void Heard(TimeSpan at) => _attempts.Heard(at);

    /// <summary>A stream has ended, or the agent is refused on another route.</summary>
    /// <returns>What follows.</returns>
    public Aftermath Take(StreamOutcome outcome, in DownlinkInput input, StreamRecord? stream)
    {
        if (outcome == StreamOutcome.Unauthorized)
        {
            _refusedPoll = input.Kind == DownlinkInputKind.PollFailed;
            if (stream?.Lived >= StreamOutcomes.StableAfter)
            {
                _refusals.Forgive();
            }
        }

        Aftermath next = Aftermaths.Of(Standing, outcome);
        Standing = next.Standing;
        _record.Take(next.Credit);
        _attempts.Plan(next.Attempt, input.At, input.RetryAfter, _record.Window);
        return next;
    }

    /// <summary>The key is refused for the long-poll alone.</summary>
    /// <returns>How long the long-poll waits.</returns>
    public TimeSpan RefusePoll()
    {
        _refusedPoll = true;
        return _refusals.Next();
    }

    /// <summary>The agent was accepted: where its key was refused, and so forgiven; or on the other endpoint, which forgives
    /// nothing.</summary>
    /// <returns>Whether its key was refused before.</returns>
    public bool Accepted(bool byPoll)
    {
        bool wasRefused = Standing == Standing.Unauthorized;
        Standing = IsParked ? Standing.Normal : Standing;
        if (byPoll == _refusedPoll)
        {
            _refusals.Forgive();
        }

        return wasRefused;
    }

    /// <summary>By a sync, or a new key: what waits because it was refused is tried at once.</summary>
    public void AcceptedElsewhere(TimeSpan at)
    {
        if (Waits)
        {
            _attempts.BringForward(at);
        }
    }

    /// <summary>The next attempt is made at once, unless the server asked to be left alone.</summary>
    public void RetryNow(TimeSpan at)
    {
        if (Due != DownlinkMachine.Never)
        {
            _attempts.BringForward(at);
        }
    }

    /// <summary>A sync has succeeded.</summary>
    /// <param name="at">When.</param>
    /// <param name="again">Whether the one before it had failed.</param>
    public void Synced(TimeSpan at, bool again)
    {
        if (Standing == Standing.Gone && !Waits)
        {
            Standing = Standing.Normal;
        }
        else if (Standing == Standing.Gone ? _refusals.IsReadmitted(at) : again)
        {
            AcceptedElsewhere(at);
        }
    }

    /// <summary>The control plane can be reached by poll or sync.</summary>
    /// <param name="at">When.</param>
    /// <param name="again">Whether it could not be before.</param>
    /// <param name="isStreaming">Whether an attempt is under way.</param>
    /// <returns>Whether an outage is over, and the next attempt moved for that.</returns>
    public bool Reached(TimeSpan at, bool again, bool isStreaming)
    {
        _attempts.Heard(at);
        if (!again || Standing != Standing.Outage)
        {
            _record.Reached();
            return false;
        }

        // What an attempt that hung has shown was the outage's too.
        _record.Excuse();
        _attempts.Forgive();
        Standing = Standing.Normal;
        return !isStreaming && _attempts.Spread(at);
    }

    /// <summary>The long-poll fails. Outage: "unhealthy while the long-poll fails too: it says nothing about streams".</summary>
    /// <param name="at">When.</param>
    /// <param name="again">Whether it failed before.</param>
    /// <param name="isStreaming">Whether an attempt is under way.</param>
    /// <returns>Whether the next attempt goes before the next poll.</returns>
    public bool PollFailed(TimeSpan at, bool again, bool isStreaming)
    {
        bool isLost = Standing == Standing.Window && (again || _record.IsCharged);
        _record.Excuse();
        if (isLost && !isStreaming)
        {
            // The window is the long-poll's, which does not work.
            _attempts.GiveUpWindow(at);
            Standing = Standing.Outage;
        }

        // In an outage the stream's next attempt goes first, and the long-poll when that has failed or its grace is over: a server that is
        // back is asked once by each agent, not twice.
        return Standing == Standing.Outage && !isStreaming;
    }
}
