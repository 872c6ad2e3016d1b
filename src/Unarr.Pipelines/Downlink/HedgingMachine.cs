namespace Unarr.Pipelines.Downlink;

/// <summary>Make before break: the long-poll runs whenever the stream is not proven, and stops when it is.</summary>
internal sealed class HedgingMachine : DownlinkMachine
{
    private static readonly TimeSpan StableAfter = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestWindow = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan RefusedDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestRefusedDelay = TimeSpan.FromMinutes(15);

    private readonly DownlinkOptions _options;
    private readonly Func<double> _random;
    private readonly HeartbeatInterval _heartbeat = new();
    private readonly PollSchedule _polls;

    private StreamRecord? _stream;
    private bool _pollWanted;
    private bool _syncWhenOpened;
    private string _reason = "started";

    // The path's standing, over all streams.
    private bool _trusted = true;
    private int _failures;
    private int _delays;
    private int _refusals;
    private TimeSpan _window;

    // What the next attempt is, and before when the server asked for none.
    private TimeSpan _attempt = Never;
    private TimeSpan _notBefore;
    private Standing _standing = Standing.Normal;

    // When the control plane was last reached by poll or sync, and the path's standing then: an outage goes back to it.
    private TimeSpan _reached;
    private (int Failures, bool Trusted) _whenReached = (0, true);

    public HedgingMachine(DownlinkOptions options, Func<double> random)
    {
        _options = options;
        _random = random;
        _polls = new PollSchedule(options.PollRetryDelay, random);
        _window = options.FallbackWindow;
    }

    private enum Standing
    {
        /// <summary>Streams are tried again with growing delays.</summary>
        Normal,

        /// <summary>The long-poll has the window; each attempt at its end is one probe.</summary>
        Window,

        /// <summary>Streams and polls failed alike: it says nothing about streams.</summary>
        Outage,

        /// <summary>The API key is refused.</summary>
        Unauthorized,
    }

    public override int Failures => _failures;

    public override TimeSpan Due => Earliest(
        _attempt,
        _polls.Due,
        _stream?.SuspectDue(_options.FirstFrameGrace) ?? Never,
        _stream?.LivenessDue(_options.LivenessTimeout) ?? Never);

    /// <summary>How often a heartbeat is expected.</summary>
    public TimeSpan HeartbeatInterval => _heartbeat.Value;

    private bool MayPoll => _options.Mode != DownlinkMode.Sse;

    private bool MayStream => _options.Mode != DownlinkMode.Poll;

    protected override void Decide(in DownlinkInput input)
    {
        switch (input.Kind)
        {
            case DownlinkInputKind.Start:
                Attempt(input.At);
                break;
            case DownlinkInputKind.StreamOpened:
                Opened(input);
                break;
            case DownlinkInputKind.Frames:
                Frames(input);
                break;
            case DownlinkInputKind.HandlerBusy:
                _stream!.Busy(input.At);
                break;
            case DownlinkInputKind.HandlerFree:
                _stream!.Free(input.At);
                break;
            case DownlinkInputKind.StreamEnded:
                Ended(input);
                break;
            case DownlinkInputKind.PollAnswered:
                PollAnswered(input);
                break;
            case DownlinkInputKind.PollFailed:
                PollFailed(input);
                break;
            case DownlinkInputKind.Synced:
                // No sync failed in between if the last one is not much older than an interval.
                Reached(input.At, again: input.At - _reached > _options.SyncInterval * 1.5);
                break;
            case DownlinkInputKind.Due:
                BeDue(input.At);
                break;
            case DownlinkInputKind.Shutdown:
                CloseStream();
                StopPoll();
                _stream = null;
                _attempt = Never;
                _polls.Stopped();
                Report(DownlinkRoute.None, DownlinkState.Stopped, null, "shut down");
                return;
        }

        ReportStanding();
    }

    private static TimeSpan Earliest(params ReadOnlySpan<TimeSpan> times)
    {
        TimeSpan earliest = Never;
        foreach (TimeSpan time in times)
        {
            earliest = time < earliest ? time : earliest;
        }

        return earliest;
    }

    private void Attempt(TimeSpan at)
    {
        _attempt = Never;
        if (!MayStream)
        {
            WantPoll(at);
            return;
        }

        if (_standing == Standing.Window)
        {
            _reason = "the window is over: probing the stream beside the long-poll";
        }

        _stream = new StreamRecord(at, _trusted, _heartbeat);
        OpenStream();
    }

    private void Opened(in DownlinkInput input)
    {
        if (_standing == Standing.Unauthorized)
        {
            _standing = Standing.Normal;
        }

        _refusals = 0;
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
        if (!wasProven && _stream.IsProven)
        {
            _reason = "frames arrive as they should";
            _standing = Standing.Normal;
            UnwantPoll();
        }
        else if (!_stream.IsProven)
        {
            // "The long-poll runs whenever the stream is not proven."
            WantPoll(input.At);
        }
    }

    private void BeDue(TimeSpan at)
    {
        if (_stream is { } stream)
        {
            if (at >= stream.LivenessDue(_options.LivenessTimeout))
            {
                CloseStream();
                Unhealthy(at, $"silent for {Seconds(stream.Silence(at))} s, given up");
                _heartbeat.Forget();
            }
            else if (at >= stream.SuspectDue(_options.FirstFrameGrace))
            {
                Suspect(at, stream);
            }
        }

        if (at >= _attempt)
        {
            Attempt(at);
        }

        if (at >= _polls.Due)
        {
            Ask(at);
        }
    }

    private void Suspect(TimeSpan at, StreamRecord stream)
    {
        string beside = !MayPoll ? ""
            : !_pollWanted ? "; long-poll started beside it"
            : _polls.IsFailing ? "; the long-poll fails too"
            : "; long-poll goes on beside it";
        _reason = stream.HasFrames
            ? $"silent for {Seconds(stream.Silence(at))} s, expected a heartbeat every {_heartbeat.Value.TotalSeconds:0.#} s{beside}"
            : $"no frame {Seconds(_options.FirstFrameGrace)} s after the attempt began{beside}";
        stream.Suspect();
        _trusted = false;
        WantPoll(at);
    }

    private void Ended(in DownlinkInput input)
    {
        StreamRecord stream = _stream!;
        if (input.End == StreamEnd.Unauthorized)
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
            Unhealthy(input.At, input.Detail, input);
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
        if (stream.Mirror is not null)
        {
            // "An unhealthy stream moves only its own" mirror; one that was not opened has tried them all.
            MoveStream();
        }

        TimeSpan delay = Delay();
        if (input.RetryAfter > TimeSpan.Zero)
        {
            // "It outranks every delay of ours."
            delay = input.RetryAfter * (1 + (0.1 * _random()));
            _notBefore = at + delay;
        }

        if (_polls.IsFailing)
        {
            _standing = Standing.Outage;
            (_failures, _trusted) = _whenReached;
            _attempt = at + delay;
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
        CloseStream();
        _stream = null;
        UnwantPoll();
        _standing = Standing.Unauthorized;
        _reason = input.Detail;
        TimeSpan delay = Backoff.Jittered(Backoff.Doubled(RefusedDelay, LongestRefusedDelay, _refusals++), _random());
        _attempt = input.At + (delay > input.RetryAfter ? delay : input.RetryAfter);
    }

    private void PollAnswered(in DownlinkInput input)
    {
        bool again = _polls.IsFailing;
        _polls.Answered(input.At, input.Wake);
        if (input.Wake)
        {
            Sync(SyncReason.Wake);
        }

        Covered(input.At, again);
    }

    private void PollFailed(in DownlinkInput input)
    {
        bool again = _polls.IsFailing;
        if (input.Failure == PollFailure.Unauthorized)
        {
            Refused(input);
        }
        else if (_polls.Failed(input))
        {
            Covered(input.At, again);
        }
        else
        {
            _reason = input.Detail;
            Uncovered(input.At, again);
        }
    }

    private void Covered(TimeSpan at, bool again)
    {
        if (_standing == Standing.Unauthorized)
        {
            _standing = Standing.Normal;
            _refusals = 0;
        }

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
            TimeSpan soon = at + Delay();
            _attempt = soon > _notBefore ? soon : _notBefore;
            _standing = Standing.Outage;
        }

        if (_stream is null && _standing == Standing.Outage)
        {
            // In an outage the stream's next attempt goes first, and the long-poll when that has failed or its grace is over: a server
            // that is back is asked once by each agent, not twice.
            _polls.PutOff(at, _attempt + _options.FirstFrameGrace);
        }
    }

    /// <summary>The control plane can be reached; again: an outage is over.</summary>
    private void Reached(TimeSpan at, bool again)
    {
        _reached = at;
        if (!again || _standing != Standing.Outage)
        {
            _whenReached = (_failures, _trusted);
            return;
        }

        // What an attempt that hung has shown was the outage's too.
        (_failures, _trusted) = _whenReached;
        _standing = Standing.Normal;
        _delays = 0;
        if (_stream is null)
        {
            // "At once", spread so that all agents of a server that is back do not come in the same few seconds.
            TimeSpan soon = at + (_options.SyncInterval * 2 * _random());
            soon = soon > _notBefore ? soon : _notBefore;
            _attempt = soon < _attempt ? soon : _attempt;
        }
    }

    private TimeSpan Delay() => Backoff.Delay(_options.ReconnectDelay, LongestDelay, _delays++, _random());

    private void WantPoll(TimeSpan at)
    {
        if (MayPoll && !_pollWanted)
        {
            _pollWanted = true;
            _polls.Wanted(at);
            AskIfDue(at);
        }
    }

    private void UnwantPoll()
    {
        _pollWanted = false;
        _polls.Stopped();
        StopPoll();
    }

    private void AskIfDue(TimeSpan at)
    {
        if (at >= _polls.Due)
        {
            Ask(at);
        }
    }

    private void Ask(TimeSpan at)
    {
        _polls.Asked(at);
        StartPoll();
    }

    private void ReportStanding()
    {
        bool polls = _pollWanted && !_polls.IsFailing;
        bool streams = _stream is { HasFrames: true };
        DownlinkRoute before = Status.Route;
        DownlinkRoute route = (streams ? DownlinkRoute.Sse : DownlinkRoute.None) | (polls ? DownlinkRoute.Poll : DownlinkRoute.None);
        DownlinkState state = _stream switch
        {
            _ when _standing == Standing.Unauthorized => DownlinkState.Unauthorized,
            { IsProven: true } => DownlinkState.Live,
            { IsSuspect: true } => DownlinkState.Suspect,
            not null when _pollWanted => DownlinkState.Probing,
            not null => DownlinkState.Connecting,
            null when polls => DownlinkState.Polling,
            null => DownlinkState.Waiting,
        };
        Report(route, state, _stream?.Mirror, _reason);
        if (route != before)
        {
            // "Every change of route triggers one sync: what was pushed into the gap is fetched."
            Sync(SyncReason.Reconnect);
        }
    }
}
