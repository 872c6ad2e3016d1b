using Unarr.Pipelines.Pacing;



namespace Unarr.Agents.Downlink.Deciding;

/// <summary>The protocol's sequential rule: a stream, or after enough unhealthy ones the long-poll for a window; never both. Its only
/// additions are <c>Retry-After</c> and the waits of an agent that is refused.</summary>
internal sealed class SequentialMachine(DownlinkSettings options, Func<double> random) : DownlinkMachine
{
    private readonly RefusalSchedule _refusals = new(random);
    private readonly TimeSpan _livenessTimeout = options.LivenessTimeout ?? DefaultLivenessTimeout;
    private Phase _phase = Phase.Idle;
    private TimeSpan _due = Never;
    private TimeSpan _windowEnd = Never;
    private Uri? _mirror;
    private bool _sawFrame;
    private int _failures;

    // Before when the server asked for no stream, and for no poll.
    private TimeSpan _noStreamBefore;
    private TimeSpan _noPollBefore;

    // How the agent was refused and not accepted since, and whether a poll was; the state of an agent that is not.
    private DownlinkState? _refused;
    private bool _refusedPoll;

    private enum Phase
    {
        Idle,

        /// <summary>A stream is being opened; the exchange's own deadline ends it.</summary>
        Opening,

        /// <summary>A stream is open; due is its liveness timeout.</summary>
        Streaming,

        /// <summary>Due is the next attempt.</summary>
        Waiting,

        /// <summary>The agent is refused; due is the next attempt.</summary>
        Parked,

        /// <summary>The long-poll runs until the window's end; due is the end of the wait after an error.</summary>
        Polling,
    }

    public override int Failures => _failures;

    public override TimeSpan Due => _due < _windowEnd ? _due : _windowEnd;

    protected override void Decide(in DownlinkInput input)
    {
        switch (_phase, input.Kind)
        {
            case (Phase.Idle, DownlinkInputKind.Start):
                Begin(input.At, "started");
                break;
            case (Phase.Opening, DownlinkInputKind.StreamOpened):
                Accepted(byPoll: false);
                _phase = Phase.Streaming;
                _mirror = input.Mirror;
                _due = input.At + _livenessTimeout;
                Report(DownlinkRoutes.None, DownlinkState.Connecting, null, "the agent is accepted again");
                break;
            case (Phase.Streaming, DownlinkInputKind.Frames):
                // "Live from its first frame (event or comment)."
                _sawFrame = true;
                _due = input.At + _livenessTimeout;
                Report(DownlinkRoutes.Stream, DownlinkState.Live, _mirror, "first frame received");
                break;
            case (Phase.Streaming, DownlinkInputKind.HandlerBusy):
                _due = Never;
                break;
            case (Phase.Streaming, DownlinkInputKind.HandlerFree):
                _due = input.At + _livenessTimeout;
                break;
            case (Phase.Streaming, DownlinkInputKind.Due):
                // "No frame for the liveness timeout: the stream is dropped as unhealthy, whatever arrived before."
                CloseStream();
                Unhealthy(input.At, $"silent for {Seconds(_livenessTimeout)} s");
                break;
            case (_, DownlinkInputKind.SyncRefused):
            case (_, DownlinkInputKind.StreamEnded) when input.End == StreamEnd.Gone:
            case (_, DownlinkInputKind.PollFailed) when input.Failure == PollFailure.Gone:
                Gone(input);
                break;
            case (_, DownlinkInputKind.StreamEnded) when input.End == StreamEnd.Unauthorized:
            case (_, DownlinkInputKind.PollFailed) when input.Failure == PollFailure.Unauthorized:
                Unauthorized(input);
                break;
            case (Phase.Parked, DownlinkInputKind.KeyAccepted):
            case (Phase.Parked, DownlinkInputKind.Synced)
                when _refused == DownlinkState.Refused ? _refusals.IsReadmitted(input.At) : input.Again:
                _due = input.At > _noStreamBefore ? input.At : _noStreamBefore;
                break;
            case (Phase.Parked or Phase.Waiting, DownlinkInputKind.RetryNow):
                _due = Later(input.At, _noStreamBefore);
                break;
            case (Phase.Polling, DownlinkInputKind.RetryNow):
                _due = _due == Never ? Never : Later(input.At, _noPollBefore);
                _windowEnd = _windowEnd == Never ? Never : Later(input.At, _noStreamBefore);
                break;
            case (Phase.Parked, DownlinkInputKind.Due):
                _failures = 0;
                if (_refused == DownlinkState.Refused)
                {
                    ResumeSyncs(input.At);
                }

                Begin(input.At, "trying again");
                break;
            case (Phase.Opening or Phase.Streaming, DownlinkInputKind.StreamEnded) when _sawFrame:
                // "Ended after at least one frame: healthy (the server recycles)."
                _failures = 0;
                BeginWaiting(input.At + options.ReconnectDelay, input.Detail);
                break;
            case (Phase.Opening or Phase.Streaming, DownlinkInputKind.StreamEnded):
                if (input.RetryAfter > TimeSpan.Zero)
                {
                    _noStreamBefore = input.At + Backoff.Asked(input.RetryAfter, random());
                }

                _refused = null;
                Unhealthy(input.At, Why(input));
                break;
            case (Phase.Waiting, DownlinkInputKind.Due):
                BeginOpening("trying again");
                break;
            case (Phase.Polling, DownlinkInputKind.PollAnswered):
                Accepted(byPoll: true);
                Report(DownlinkRoutes.LongPoll, DownlinkState.Polling, null, "the long-poll is answered");
                if (input.Wake)
                {
                    Sync(SyncReason.Wake);
                }

                StartPoll();
                break;
            case (Phase.Polling, DownlinkInputKind.PollFailed) when input.Failure == PollFailure.Cut:
                // "Held for 5 s or more and then cut …: as {"wake":false}."
                Accepted(byPoll: true);
                Report(DownlinkRoutes.LongPoll, DownlinkState.Polling, null, "the long-poll is answered");
                StartPoll();
                break;
            case (Phase.Polling, DownlinkInputKind.PollFailed):
                if (input.RetryAfter > TimeSpan.Zero)
                {
                    _noPollBefore = input.At + Backoff.Asked(input.RetryAfter, random());
                }

                _refused = null;
                // "It outranks every delay of ours."
                _due = input.RetryAfter > TimeSpan.Zero ? _noPollBefore : input.At + options.PollRetryDelay;
                Report(DownlinkRoutes.None, DownlinkState.Waiting, null, Why(input));
                break;
            case (Phase.Polling, DownlinkInputKind.Due) when input.At >= _windowEnd:
                // "After a fallback window the count starts at 0 again, so three attempts follow."
                _failures = 0;
                StopPoll();
                BeginOpening("the fallback window is over");
                break;
            case (Phase.Polling, DownlinkInputKind.Due):
                _due = Never;
                StartPoll();
                break;
            case (_, DownlinkInputKind.Shutdown):
                CloseStream();
                StopPoll();
                _due = Never;
                _windowEnd = Never;
                Report(DownlinkRoutes.None, DownlinkState.Stopped, null, input.Detail);
                break;
        }
    }

    private static TimeSpan Later(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private void Unhealthy(TimeSpan at, string reason)
    {
        _failures++;
        if (options.Mode == DownlinkMode.Auto && _failures >= options.MaxStreamFailures)
        {
            TimeSpan windowEnd = at + options.FallbackWindow;
            windowEnd = windowEnd > _noStreamBefore ? windowEnd : _noStreamBefore;
            BeginPolling(at, windowEnd, $"{_failures} unhealthy streams in a row, the last one: {reason}");
        }
        else
        {
            BeginWaiting(_noStreamBefore > at ? _noStreamBefore : at + options.ReconnectDelay, reason);
        }
    }

    /// <summary>"Route none, state unauthorized, next try after 30 s, doubling to 15 minutes, with jitter."</summary>
    private void Unauthorized(in DownlinkInput input)
    {
        _refusedPoll = input.Kind == DownlinkInputKind.PollFailed;
        Park(DownlinkState.Unauthorized, input, _refusals.Next());
    }

    /// <summary>"A decided refusal: by default the agent parks (route none, state refused, …asked again every 15 minutes)."</summary>
    private void Gone(in DownlinkInput input)
    {
        if (_phase != Phase.Parked || _refused != DownlinkState.Refused)
        {
            Park(DownlinkState.Refused, input, RefusalSchedule.Gone);
            ParkSyncs();
        }
    }

    private void Park(DownlinkState state, in DownlinkInput input, TimeSpan delay)
    {
        CloseStream();
        StopPoll();
        _phase = Phase.Parked;
        _refused = state;
        _windowEnd = Never;
        TimeSpan next = input.At + delay;
        _due = next > _noStreamBefore ? next : _noStreamBefore;
        Report(DownlinkRoutes.None, state, null, input.Detail);
    }

    /// <summary>The agent was accepted: where its key was refused, and so forgiven; or on the other endpoint, which forgives
    /// nothing.</summary>
    private void Accepted(bool byPoll)
    {
        if (_refused is not null)
        {
            _refused = null;
            KeyAccepted();
        }

        if (byPoll == _refusedPoll)
        {
            _refusals.Forgive();
        }
    }

    private void Begin(TimeSpan at, string reason)
    {
        if (options.Mode == DownlinkMode.LongPoll)
        {
            BeginPolling(at, Never, "the mode is poll");
        }
        else
        {
            BeginOpening(reason);
        }
    }

    private void BeginOpening(string reason)
    {
        _phase = Phase.Opening;
        _due = Never;
        _windowEnd = Never;
        _sawFrame = false;
        _mirror = null;
        OpenStream();
        Report(DownlinkRoutes.None, _refused ?? DownlinkState.Connecting, null, reason);
    }

    private void BeginWaiting(TimeSpan until, string reason)
    {
        _phase = Phase.Waiting;
        _due = until;
        Report(DownlinkRoutes.None, DownlinkState.Waiting, null, reason);
    }

    private void BeginPolling(TimeSpan at, TimeSpan windowEnd, string reason)
    {
        _phase = Phase.Polling;
        _windowEnd = windowEnd;
        if (_noPollBefore > at)
        {
            _due = _noPollBefore;
            Report(DownlinkRoutes.None, _refused ?? DownlinkState.Waiting, null, reason);
            return;
        }

        _due = Never;
        StartPoll();
        Report(_refused is null ? DownlinkRoutes.LongPoll : DownlinkRoutes.None, _refused ?? DownlinkState.Polling, null, reason);
    }
}
