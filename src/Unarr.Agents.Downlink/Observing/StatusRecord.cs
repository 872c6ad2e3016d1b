using Unarr.Agents.Downlink.Deciding;


namespace Unarr.Agents.Downlink.Observing;

/// <summary>How the downlink stands, with what a clock and the past add to the machine's word. Written by one loop, read by anybody.</summary>
internal sealed class StatusRecord(TimeProvider timeProvider, DownlinkStatus initial)
{
    private DownlinkStatus _status = initial;
    private long _lastFrameTicks;
    private long _lastPollTicks;
    private long _waitTicks;
    private string? _lastError;

    public DownlinkStatus Current => Volatile.Read(ref _status) with
    {
        LastFrame = At(ref _lastFrameTicks),
        LastPoll = At(ref _lastPollTicks),
        SyncsWaitUntil = At(ref _waitTicks),
    };

    /// <summary>Syncs wait for a time; zero when they no longer do.</summary>
    public void SyncsWait(TimeSpan time) =>
        Interlocked.Exchange(ref _waitTicks, time > TimeSpan.Zero ? (timeProvider.GetUtcNow() + time).UtcTicks : 0);

    /// <summary>Takes from an input what the status tells of it.</summary>
    public void Took(in DownlinkInput input)
    {
        if (input.Kind == DownlinkInputKind.Frames)
        {
            Interlocked.Exchange(ref _lastFrameTicks, timeProvider.GetUtcNow().UtcTicks);
        }
        else if (input.Kind == DownlinkInputKind.PollAnswered)
        {
            Interlocked.Exchange(ref _lastPollTicks, timeProvider.GetUtcNow().UtcTicks);
        }
        else if (input.Kind == DownlinkInputKind.PollFailed || (input.Kind == DownlinkInputKind.StreamEnded && input.End != StreamEnd.Proper))
        {
            _lastError = input.Detail;
        }
    }

    /// <summary>The machine gave a stream up: why is its last reason, unless that is the end of all.</summary>
    public void GaveUp(DownlinkStatus status) => _lastError = status.State == DownlinkState.Stopped ? _lastError : status.Reason;

    /// <summary>Completes what the machine reports.</summary>
    public DownlinkStatus Changed(DownlinkStatus status, int failures)
    {
        DownlinkStatus complete = status with
        {
            Since = timeProvider.GetUtcNow(),
            LastFrame = At(ref _lastFrameTicks),
            LastPoll = At(ref _lastPollTicks),
            SyncsWaitUntil = At(ref _waitTicks),
            Failures = failures,
            LastError = _lastError,
        };
        Volatile.Write(ref _status, complete);
        return complete;
    }

    private static DateTimeOffset? At(ref long ticks) => Interlocked.Read(ref ticks) is > 0 and long at ? new DateTimeOffset(at, TimeSpan.Zero) : null;
}
