namespace Unarr.Agents.Downlink.Deciding;

/// <content>What each input changes of what is known.</content>
internal sealed partial class HedgingMachine
{
    private void Attempt(TimeSpan at)
    {
        _path.Attempted();
        if (_mayStream)
        {
            _reason = _path.Standing == Standing.Window ? "the window is over: a stream is tried alongside the long-poll" : _reason;
            _stream = new StreamRecord(at, _path.IsTrusted, _heartbeat, _life);
        }
    }

    private void Opened(in DownlinkInput input)
    {
        _path.Heard(input.At);
        Accepted(byPoll: false);
        _reason = input.Detail.Length > 0 ? $"passed over: {input.Detail}" : _reason;
        _stream!.Open(input.At, input.Mirror);
        if (_syncWhenOpened)
        {
            // "Every reopened stream triggers one sync."
            Sync(SyncReason.Reconnect);
        }

        _syncWhenOpened = true;
    }

    private void Frames(in DownlinkInput input)
    {
        bool wasProven = _stream!.IsProven;
        _stream.Frames(input);
        _path.Heard(input.At);
        if (!wasProven && _stream.IsProven)
        {
            _reason = "frames arrive as they should";
            _path.Proven();
        }
    }

    private void BeDue(TimeSpan at)
    {
        if (at >= _stream?.LivenessDue(options.LivenessTimeout))
        {
            string silent = $"silent for {Seconds(_stream.Silence(at))} s, given up";
            CloseStream();
            Ended(end: null, new DownlinkInput(DownlinkInputKind.StreamEnded, at) { Detail = silent });
            _heartbeat.Forget();
        }
        else if (at >= _stream?.SuspectDue(options.FirstFrameGrace))
        {
            _reason = Suspicion(_stream, at);
            _stream.Suspect();
            _path.Distrust();
        }

        if (at >= _stream?.OutlivedDue)
        {
            _stream.Outlive();
        }
        else if (at >= _stream?.ExpectedEndDue)
        {
            _stream.ExpectEnd();
            _reason = _mayPoll && _stream.IsProven ? "streams end at about this age here: long-poll started alongside the stream" : _reason;
        }

        if (at >= _path.Due)
        {
            Attempt(at);
        }

        _reason = _polls.BeDue(at) ?? _reason;
    }

    private string Suspicion(StreamRecord stream, TimeSpan at)
    {
        string beside = !_mayPoll ? ""
            : !_polls.IsWanted ? "; the long-poll starts alongside it"
            : _polls.IsFailing ? "; the long-poll fails too"
            : _polls.IsPaused ? "; the long-poll is answered too quickly"
            : !_polls.IsCovering ? "; the long-poll is not answered"
            : "; the long-poll goes on alongside it";
        return stream.HasFrames
            ? $"silent for {Seconds(stream.Silence(at))} s, expected a heartbeat every {_heartbeat.Value.TotalSeconds:0.#} s{beside}"
            : $"no frame {Seconds(options.FirstFrameGrace)} s after the attempt began{beside}";
    }

    private void Ended(StreamEnd? end, in DownlinkInput input)
    {
        int? failuresLeft = _mayPoll ? options.MaxStreamFailures - _path.Failures : null;
        StreamOutcome outcome = StreamOutcomes.Of(end, _stream!, input.At, _polls.IsFailing, failuresLeft);
        if (_stream!.HasFrames)
        {
            _life.Take(outcome, end, _stream.Age(input.At));
        }

        Conclude(outcome, input);
    }

    /// <summary>The stream has ended; or the agent is refused on another route, which ends it.</summary>
    private void Conclude(StreamOutcome outcome, in DownlinkInput input)
    {
        Aftermath next = _path.Take(outcome, input, _stream);
        if (next.IsUnhealthy && (_stream?.Mirror ?? input.Mirror) is { } mirror)
        {
            // "An unhealthy stream moves its own off the mirror it was opened on"; one that was not opened has tried them all, unless a
            // mirror refused it.
            MoveStream(mirror);
        }

        _pollWhileOpening = next.Poll == PollWish.Unchanged ? _polls.IsWanted : next.Poll != PollWish.Stopped;
        _reason = next.IsUnhealthy ? Why(input) : input.Detail;
        _stream = null;
        if (next.Poll == PollWish.AtOnce)
        {
            _polls.BringForward(input.At);
        }
    }

    private void Accepted(bool byPoll)
    {
        if (_path.Accepted(byPoll))
        {
            KeyAccepted();
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
        _reason = _polls.IsPaused ? PollSchedule.TooQuick : _reason;
    }

    private void PollFailed(in DownlinkInput input)
    {
        bool again = _polls.IsFailing;
        switch (input.Failure)
        {
            case PollFailure.Gone:
                Conclude(StreamOutcome.Gone, input);
                break;
            case PollFailure.Unauthorized when _stream is { HasFrames: true, IsSuspect: false }:
                // The key was accepted for the stream, which may yet prove itself: the long-poll alone waits.
                _polls.Refused(input.At, _path.RefusePoll());
                Uncovered(input.At, again);
                break;
            case PollFailure.Unauthorized:
                Conclude(StreamOutcome.Unauthorized, input);
                break;
            case PollFailure.Cut:
                // "A long-poll that was held for 5 s or more and then cut is an answer 'no wake': ask again at once."
                _polls.Answered(input.At, wake: false, input.ControlsCame);
                Covered(input.At, again);
                break;
            default:
                _reason = Why(input);
                _polls.Failed(input.At, input.RetryAfter);
                Uncovered(input.At, again);
                break;
        }
    }

    private void Covered(TimeSpan at, bool again)
    {
        Accepted(byPoll: true);
        _reason = again ? "the long-poll is answered again" : _reason;
        Reached(at, again);
    }

    private void Uncovered(TimeSpan at, bool again)
    {
        if (_path.PollFailed(at, again, isStreaming: _stream is not null))
        {
            _polls.PutOff(_path.Due + options.FirstFrameGrace);
        }
    }

    private void Synced(in DownlinkInput input)
    {
        Reached(input.At, input.Again);
        _path.Synced(input.At, input.Again);
        _polls.Synced(input.At, input.Begun, input.ControlsCame);
        _reason = _polls.IsPaused ? PollSchedule.TooQuick : _reason;
    }

    private void Reached(TimeSpan at, bool again)
    {
        if (_path.Reached(at, again, isStreaming: _stream is not null) && _polls.IsFailing)
        {
            _polls.PutOff(_path.Due + options.FirstFrameGrace);
        }
    }
}
