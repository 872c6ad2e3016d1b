using Unarr.Pipelines.Pacing;






namespace Unarr.Agents.Downlink.Deciding;

/// <content>What the end of a stream, the answer to a poll and a refused key make of the path's standing.</content>
internal sealed partial class HedgingMachine
{
    private const string TooQuick = "the long-poll is answered at once, again and again: asked with growing delays";

    private void Ended(in DownlinkInput input)
    {
        StreamRecord stream = _stream!;
        if (input.End == StreamEnd.Gone)
        {
            Gone(input);
        }
        else if (input.End == StreamEnd.Unauthorized)
        {
            Refused(input);
        }
        else if (input.End is StreamEnd.Proper or StreamEnd.Cut && stream.Lived >= StableAfter)
        {
            // Stable: "lived 60 s or more, however it ended, but by liveness".
            _trusted = true;
            _window = _options.FallbackWindow;
            Forgiven(input);
            WantPoll(input.At);
        }
        else if (input.End == StreamEnd.Proper && stream.LivedAnInterval(input.At))
        {
            // Recycled: "ended properly after living at least h".
            Forgiven(input);
        }
        else
        {
            Unhealthy(input.At, Why(input), input);
        }
    }

    private void Forgiven(in DownlinkInput input)
    {
        _stream = null;
        _failures = 0;
        _delays = 0;
        _whenReached = (0, _trusted);
        _standing = Standing.Normal;
        _reason = input.Detail;
        _attempt = input.At + (_options.ReconnectDelay * (1 + _random()));
    }

    private void Unhealthy(TimeSpan at, string reason, in DownlinkInput input = default)
    {
        StreamRecord stream = _stream!;
        bool wasProbe = _standing == Standing.Window;
        _stream = null;
        _reason = reason;
        if ((stream.Mirror ?? input.Mirror) is { } mirror)
        {
            // "An unhealthy stream moves its own off the mirror it was opened on"; one that was not opened has tried them all, unless a
            // mirror refused it.
            MoveStream(mirror);
        }

        TimeSpan delay = Delay();
        if (input.RetryAfter > TimeSpan.Zero)
        {
            // "It outranks every delay of ours."
            delay = Backoff.Asked(input.RetryAfter, _random());
            _notBefore = at + delay;
        }

        if (_polls.IsFailing)
        {
            _standing = Standing.Outage;
            (_failures, _trusted) = _whenReached;
            _attempt = at + OutageDelay(at, delay);
            _polls.BringForward(at);
            AskIfDue(at);
            return;
        }

        _failures++;
        _trusted = false;
        if (MayPoll && (_failures >= _options.MaxStreamFailures || wasProbe || input.End == StreamEnd.NotOffered))
        {
            if (wasProbe && !stream.WasProven)
            {
                _window = Backoff.Doubled(_window, LongestWindow, 1);
            }

            _standing = Standing.Window;
            TimeSpan window = Backoff.Jittered(_window, _random());
            delay = window > input.RetryAfter ? window : delay;
        }
        else
        {
            _standing = Standing.Normal;
        }

        _attempt = at + delay;
        WantPoll(at);
    }

    /// <summary>"Route none, state unauthorized, next try after 30 s, doubling to 15 minutes, with jitter."</summary>
    private void Refused(in DownlinkInput input)
    {
        if (_stream?.Lived >= StableAfter)
        {
            _refusals.Forgive();
        }

        _refusedPoll = input.Kind == DownlinkInputKind.PollFailed;
        Park(Standing.Unauthorized, input, _refusals.Next());
    }

    /// <summary>"A decided refusal: by default the agent parks (route none, state refused, …asked again every 15 minutes)."</summary>
    private void Gone(in DownlinkInput input)
    {
        if (_standing == Standing.Gone && _attempt != Never)
        {
            // It is parked already: what was under way then was answered alike.
            return;
        }

        Park(Standing.Gone, input, RefusalSchedule.Gone);
        ParkSyncs();
    }

    private void Park(Standing standing, in DownlinkInput input, TimeSpan delay)
    {
        CloseStream();
        _stream = null;
        UnwantPoll();
        _standing = standing;
        _reason = input.Detail;
        TimeSpan next = input.At + delay;
        _attempt = next > _notBefore ? next : _notBefore;
    }

    /// <summary>The agent was accepted: where its key was refused, and so forgiven; or on the other endpoint, which forgives
    /// nothing.</summary>
    private void Accepted(bool byPoll)
    {
        if (_standing == Standing.Unauthorized)
        {
            KeyAccepted();
        }

        _standing = IsParked ? Standing.Normal : _standing;
        if (byPoll == _refusedPoll)
        {
            _refusals.Forgive();
        }
    }

    /// <summary>By a sync, or a new key: what waits because it was refused is tried at once.</summary>
    private void AcceptedElsewhere(TimeSpan at)
    {
        if (IsParked && _attempt != Never)
        {
            _attempt = at > _notBefore ? at : _notBefore;
        }
    }

    private void Synced(in DownlinkInput input)
    {
        Reached(input.At, input.Again);
        _polls.Synced(input.At, input.Begun, input.ControlsCame);
        AskIfDue(input.At);
        if (_polls.IsPaused && _pollWanted)
        {
            _reason = TooQuick;
        }

        if (_standing == Standing.Gone && _attempt == Never)
        {
            _standing = Standing.Normal;
        }
        else if (_standing == Standing.Gone ? _refusals.IsReadmitted(input.At) : input.Again)
        {
            AcceptedElsewhere(input.At);
        }
    }

    private void PollAnswered(in DownlinkInput input)
    {
        bool again = _polls.IsFailing;
        _polls.Answered(input.At, input.Wake, input.ControlsCame);
        if (input.Wake)
        {
            Sync(SyncReason.Wake);
        }

        Covered(input.At, again);
        if (_polls.IsPaused)
        {
            _reason = TooQuick;
        }
    }

    private void PollFailed(in DownlinkInput input)
    {
        bool again = _polls.IsFailing;
        if (input.Failure == PollFailure.Gone)
        {
            Gone(input);
        }
        else if (input.Failure == PollFailure.Unauthorized && _stream is { HasFrames: true, IsSuspect: false })
        {
            // The key was accepted for the stream, which may yet prove itself: the long-poll alone waits.
            _refusedPoll = true;
            _polls.Refused(input.At, _refusals.Next());
            Uncovered(input.At, again);
        }
        else if (input.Failure == PollFailure.Unauthorized)
        {
            Refused(input);
        }
        else if (_polls.Failed(input))
        {
            Covered(input.At, again);
        }
        else
        {
            _reason = Why(input);
            Uncovered(input.At, again);
        }
    }

    private void Covered(TimeSpan at, bool again)
    {
        Accepted(byPoll: true);
        if (again)
        {
            _reason = "the long-poll is answered again";
        }

        Reached(at, again);
        AskIfDue(at);
    }

    /// <summary>Outage: "unhealthy while the long-poll fails too: it says nothing about streams".</summary>
    private void Uncovered(TimeSpan at, bool again)
    {
        bool charged = _failures != _whenReached.Failures;
        (_failures, _trusted) = _whenReached;
        if (_stream is null && MayStream && _standing == Standing.Window && (charged || again))
        {
            // The window is the long-poll's, which does not work.
            TimeSpan soon = at + OutageDelay(at, Delay());
            _attempt = soon > _notBefore ? soon : _notBefore;
            _standing = Standing.Outage;
        }

        if (_stream is null && _standing == Standing.Outage)
        {
            // In an outage the stream's next attempt goes first, and the long-poll when that has failed or its grace is over: a server
            // that is back is asked once by each agent, not twice.
            _polls.PutOff(_attempt + _options.FirstFrameGrace);
        }
    }

    /// <summary>The control plane can be reached; again: an outage is over.</summary>
    private void Reached(TimeSpan at, bool again)
    {
        _heard = at;
        if (!again || _standing != Standing.Outage)
        {
            _whenReached = (_failures, _trusted);
            return;
        }

        // What an attempt that hung has shown was the outage's too.
        (_failures, _trusted) = _whenReached;
        _standing = Standing.Normal;
        _delays = 0;
        // All agents of a server that is back hear of it within a sync interval: their streams come evenly over the rest of 30 s.
        TimeSpan spread = LongestDelay - (_options.SyncInterval * 1.1);
        if (_stream is null && MayStream && spread > TimeSpan.Zero)
        {
            TimeSpan soon = at + (spread * _random());
            _attempt = soon > _notBefore ? soon : _notBefore;
            if (_polls.IsFailing && _attempt == soon)
            {
                _polls.PutOff(_attempt + _options.FirstFrameGrace);
            }
        }
    }

    /// <summary>The longer an outage lasts the rarer it is asked after, however few attempts there were: those that hang are few, and all
    /// agents' would go on in the same step.</summary>
    private TimeSpan OutageDelay(TimeSpan at, TimeSpan delay)
    {
        TimeSpan silent = (at - _heard) / 2;
        TimeSpan longer = Backoff.Delay(silent < LongestDelay ? silent : LongestDelay, LongestDelay, 0, _random());
        return longer > delay ? longer : delay;
    }
}
