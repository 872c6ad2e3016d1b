namespace Unarr.Pipelines.Downlink;

/// <summary>The protocol's sequential rule: a stream, or after enough unhealthy ones the long-poll for a window; never both.</summary>
internal sealed class SequentialMachine(DownlinkOptions options) : DownlinkMachine
{
    private readonly TimeSpan _livenessTimeout = options.LivenessTimeout ?? DefaultLivenessTimeout;
    private Phase _phase = Phase.Idle;
    private TimeSpan _due = Never;
    private TimeSpan _windowEnd = Never;
    private Uri? _mirror;
    private bool _sawFrame;
    private int _failures;

    private enum Phase
    {
        Idle,

        /// <summary>A stream is being opened; the exchange's own deadline ends it.</summary>
        Opening,

        /// <summary>A stream is open; due is its liveness timeout.</summary>
        Streaming,

        /// <summary>Due is the next attempt.</summary>
        Waiting,

        /// <summary>The long-poll runs until the window's end; due is the end of the wait after an error.</summary>
        Polling,
    }

    public override int Failures => _failures;

    public override TimeSpan Due => _due < _windowEnd ? _due : _windowEnd;

    protected override void Decide(in DownlinkInput input)
    {
        switch (_phase, input.Kind)
        {
            case (Phase.Idle, DownlinkInputKind.Start) when options.Mode == DownlinkMode.Poll:
                BeginPolling(Never, "mode is poll");
                break;
            case (Phase.Idle, DownlinkInputKind.Start):
                BeginOpening("started");
                break;
            case (Phase.Opening, DownlinkInputKind.StreamOpened):
                _phase = Phase.Streaming;
                _mirror = input.Mirror;
                _due = input.At + _livenessTimeout;
                break;
            case (Phase.Streaming, DownlinkInputKind.Frames):
                // "Live from its first frame (event or comment)."
                _sawFrame = true;
                _due = input.At + _livenessTimeout;
                Report(DownlinkRoute.Sse, DownlinkState.Live, _mirror, "first frame received");
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
            case (Phase.Opening or Phase.Streaming, DownlinkInputKind.StreamEnded) when _sawFrame:
                // "Ended after at least one frame: healthy (the server recycles)."
                _failures = 0;
                BeginWaiting(input.At, input.Detail);
                break;
            case (Phase.Opening or Phase.Streaming, DownlinkInputKind.StreamEnded):
                Unhealthy(input.At, input.Detail);
                break;
            case (Phase.Waiting, DownlinkInputKind.Due):
                BeginOpening("trying again");
                break;
            case (Phase.Polling, DownlinkInputKind.PollAnswered):
                Report(DownlinkRoute.Poll, DownlinkState.Polling, null, "the long-poll is answered");
                if (input.Wake)
                {
                    Sync(SyncReason.Wake);
                }

                StartPoll();
                break;
            case (Phase.Polling, DownlinkInputKind.PollFailed):
                _due = input.At + options.PollRetryDelay;
                Report(DownlinkRoute.None, DownlinkState.Waiting, null, input.Detail);
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
                Report(DownlinkRoute.None, DownlinkState.Stopped, null, "shut down");
                break;
        }
    }

    private void Unhealthy(TimeSpan at, string reason)
    {
        _failures++;
        if (options.Mode == DownlinkMode.Auto && _failures >= options.MaxStreamFailures)
        {
            BeginPolling(at + options.FallbackWindow, $"{_failures} unhealthy streams in a row, the last one: {reason}");
        }
        else
        {
            BeginWaiting(at, reason);
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
        Report(DownlinkRoute.None, DownlinkState.Connecting, null, reason);
    }

    private void BeginWaiting(TimeSpan at, string reason)
    {
        _phase = Phase.Waiting;
        _due = at + options.ReconnectDelay;
        Report(DownlinkRoute.None, DownlinkState.Waiting, null, reason);
    }

    private void BeginPolling(TimeSpan windowEnd, string reason)
    {
        _phase = Phase.Polling;
        _due = Never;
        _windowEnd = windowEnd;
        StartPoll();
        Report(DownlinkRoute.Poll, DownlinkState.Polling, null, reason);
    }
}
