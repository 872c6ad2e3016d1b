using Unarr.Pipelines.Pacing;

namespace Unarr.Agents.Downlink.Deciding;

/// <summary>Make before break: the long-poll runs whenever the stream is not proven, and stops when it is.</summary>
/// <remarks>
/// Each input changes what is known of the stream, the path and the long-poll; after each one, what runs is adjusted to what is wanted by
/// then. <see cref="StreamOutcomes"/> decides what a stream was, <see cref="Aftermaths"/> what follows.
/// </remarks>
internal sealed partial class HedgingMachine(DownlinkSettings options, Func<double> random) : DownlinkMachine
{
    private readonly HeartbeatInterval _heartbeat = new();
    private readonly LearntLife _life = new();
    private readonly PathStanding _path = new(options, random);
    private readonly PollSchedule _polls = new(options.PollRetryDelay, random);
    private readonly bool _mayPoll = options.Mode != DownlinkMode.Stream;
    private readonly bool _mayStream = options.Mode != DownlinkMode.LongPoll;

    private StreamRecord? _stream;
    private string _reason = "started";
    private bool _syncWhenOpened;
    private bool _syncsArePaused;

    // Whether a push reached the agent after the input before.
    private bool _wasCovered;

    // Whether the long-poll is wanted while no stream has shown anything.
    private bool _pollWhileOpening;

    public override int Failures => _path.Failures;

    public override TimeSpan Due
    {
        get
        {
            TimeSpan due = _path.Due < _polls.NextDue ? _path.Due : _polls.NextDue;
            TimeSpan stream = _stream?.Due(options.FirstFrameGrace, options.LivenessTimeout) ?? Never;
            return due < stream ? due : stream;
        }
    }

    /// <summary>How often a heartbeat is expected.</summary>
    public TimeSpan HeartbeatInterval => _heartbeat.Value;

    /// <summary>"The long-poll runs whenever the stream is not proven, or about to end, and stops when it is proven."</summary>
    private bool PollIsWanted => options.Mode switch
    {
        DownlinkMode.Stream => false,
        DownlinkMode.LongPoll => !_path.Waits,
        _ => _stream switch
        {
            { IsProven: true } => _stream.IsAboutToEnd,
            { IsSuspect: true } or { HasFrames: true } => true,
            _ => _pollWhileOpening,
        },
    };

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
                Ended(input.End, input);
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
            case DownlinkInputKind.SyncRefused when _path.SyncsWait:
                // What was under way when the agent was parked is answered alike.
                break;
            case DownlinkInputKind.SyncRefused:
                Conclude(StreamOutcome.Gone, input);
                break;
            case DownlinkInputKind.KeyAccepted:
                _path.AcceptedElsewhere(input.At);
                break;
            case DownlinkInputKind.RetryNow:
                _path.RetryNow(input.At);
                _polls.BringForward(input.At);
                break;
            case DownlinkInputKind.Due:
                BeDue(input.At);
                break;
            case DownlinkInputKind.Shutdown:
                ShutDown(input.Detail);
                return;
        }

        Adjust(input.At);
        ReportStatus();
    }

    /// <summary>Makes what runs what is wanted.</summary>
    private void Adjust(TimeSpan at)
    {
        if (PollIsWanted != _polls.IsWanted)
        {
            _polls.Want(PollIsWanted, at);
        }

        if (_syncsArePaused && !_path.SyncsWait)
        {
            _syncsArePaused = false;
            ResumeSyncs(at);
        }

        EndUnwanted();
        if (_stream is not null && Stream == 0)
        {
            OpenStream();
        }

        if (_polls.IsInFlight && Poll == 0)
        {
            StartPoll();
        }

        if (_path.SyncsWait && !_syncsArePaused)
        {
            _syncsArePaused = true;
            ParkSyncs();
        }
    }

    /// <summary>Ends what runs and is not wanted.</summary>
    private void EndUnwanted()
    {
        if (_stream is null)
        {
            CloseStream();
        }

        if (!_polls.IsInFlight)
        {
            StopPoll();
        }
    }

    private void ShutDown(string reason)
    {
        _stream = null;
        _path.Attempted();
        _polls.Stop();
        EndUnwanted();
        Report(DownlinkRoutes.None, DownlinkState.Stopped, null, reason);
    }

    private void ReportStatus()
    {
        bool polls = _polls.IsCovering && !_path.IsParked;
        bool streams = _stream is { HasFrames: true };
        DownlinkRoutes before = Status.Route;
        DownlinkRoutes route =
            (streams ? DownlinkRoutes.Stream : DownlinkRoutes.None) | (polls ? DownlinkRoutes.LongPoll : DownlinkRoutes.None);
        DownlinkState state = _stream switch
        {
            _ when _path.Standing == Standing.Unauthorized => DownlinkState.Unauthorized,
            _ when _path.Standing == Standing.Gone => DownlinkState.Refused,
            { IsProven: true } => DownlinkState.Live,
            { IsSuspect: true } => DownlinkState.Suspect,
            not null when _polls.IsWanted => DownlinkState.Probing,
            not null => DownlinkState.Connecting,
            null when polls => DownlinkState.Polling,
            null => DownlinkState.Waiting,
        };
        Report(route, state, _stream?.Mirror, _reason);
        bool isCovered = polls || _stream is { IsProven: true };
        bool isLossless = _wasCovered && isCovered && _stream is not { IsSuspect: true };
        _wasCovered = isCovered;
        if (route != before && !isLossless && _path.Standing != Standing.Gone)
        {
            // "Every change of route but that between two that cover triggers one sync": what was pushed into the gap is fetched.
            Sync(SyncReason.Reconnect);
        }
    }
}
