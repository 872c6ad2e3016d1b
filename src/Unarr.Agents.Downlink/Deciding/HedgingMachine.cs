using Unarr.Pipelines.Pacing;

namespace Unarr.Agents.Downlink.Deciding;

/// <summary>Make before break: the long-poll runs whenever the stream is not proven, and stops when it is.</summary>
internal sealed partial class HedgingMachine : DownlinkMachine
{
    private static readonly TimeSpan StableAfter = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestWindow = TimeSpan.FromMinutes(30);

    private readonly DownlinkOptions _options;
    private readonly Func<double> _random;
    private readonly HeartbeatInterval _heartbeat = new();
    private readonly PollSchedule _polls;
    private readonly RefusalSchedule _refusals;

    private StreamRecord? _stream;
    private bool _pollWanted;
    private bool _syncWhenOpened;
    private string _reason = "started";

    // The path's standing, over all streams.
    private bool _trusted = true;
    private int _failures;
    private int _delays;
    private bool _refusedPoll;
    private TimeSpan _window;

    // What the next attempt is, and before when the server asked for none.
    private TimeSpan _attempt = Never;
    private TimeSpan _notBefore;
    private Standing _standing = Standing.Normal;

    // When anything last came from the control plane.
    private TimeSpan _heard;

    // The path's standing when the control plane was last reached by poll or sync: an outage goes back to it.
    private (int Failures, bool Trusted) _whenReached = (0, true);

    public HedgingMachine(DownlinkOptions options, Func<double> random)
    {
        _options = options;
        _random = random;
        _polls = new PollSchedule(options.PollRetryDelay, random);
        _refusals = new RefusalSchedule(random);
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

        /// <summary>The control plane says that this agent is gone.</summary>
        Gone,
    }

    public override int Failures => _failures;

    public override TimeSpan Due => Earliest(
        _attempt,
        _polls.Due,
        _polls.HeldDue,
        _polls.OverdueDue,
        _stream?.SuspectDue(_options.FirstFrameGrace) ?? Never,
        _stream?.LivenessDue(_options.LivenessTimeout) ?? Never);

    /// <summary>How often a heartbeat is expected.</summary>
    public TimeSpan HeartbeatInterval => _heartbeat.Value;

    /// <summary>Refused, and not accepted since.</summary>
    private bool IsParked => _standing is Standing.Unauthorized or Standing.Gone;

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
                Synced(input);
                break;
            case DownlinkInputKind.SyncRefused:
                Gone(input);
                break;
            case DownlinkInputKind.KeyAccepted:
                AcceptedElsewhere(input.At);
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
        if (_standing == Standing.Gone)
        {
            ResumeSyncs();
        }

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
        _heard = input.At;
        Accepted(byPoll: false);
        if (input.Detail.Length > 0)
        {
            _reason = $"passed over: {input.Detail}";
        }

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
        _heard = input.At;
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

        if (at >= _polls.HeldDue)
        {
            _reason = "the long-poll is held again";
            _polls.Held();
        }

        if (at >= _polls.OverdueDue)
        {
            _reason = "the long-poll is not answered";
            _polls.Overdue();
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
            : _polls.IsPaused ? "; the long-poll is answered too quickly"
            : !_polls.IsCovering ? "; the long-poll is not answered"
            : "; long-poll goes on beside it";
        _reason = stream.HasFrames
            ? $"silent for {Seconds(stream.Silence(at))} s, expected a heartbeat every {_heartbeat.Value.TotalSeconds:0.#} s{beside}"
            : $"no frame {Seconds(_options.FirstFrameGrace)} s after the attempt began{beside}";
        stream.Suspect();
        _trusted = false;
        WantPoll(at);
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
        bool polls = _pollWanted && _polls.IsCovering && !IsParked;
        bool streams = _stream is { HasFrames: true };
        DownlinkRoute before = Status.Route;
        DownlinkRoute route = (streams ? DownlinkRoute.Sse : DownlinkRoute.None) | (polls ? DownlinkRoute.Poll : DownlinkRoute.None);
        DownlinkState state = _stream switch
        {
            _ when _standing == Standing.Unauthorized => DownlinkState.Unauthorized,
            _ when _standing == Standing.Gone => DownlinkState.Refused,
            { IsProven: true } => DownlinkState.Live,
            { IsSuspect: true } => DownlinkState.Suspect,
            not null when _pollWanted => DownlinkState.Probing,
            not null => DownlinkState.Connecting,
            null when polls => DownlinkState.Polling,
            null => DownlinkState.Waiting,
        };
        Report(route, state, _stream?.Mirror, _reason);
        if (route != before && _standing != Standing.Gone)
        {
            // "Every change of route triggers one sync: what was pushed into the gap is fetched."
            Sync(SyncReason.Reconnect);
        }
    }
}
