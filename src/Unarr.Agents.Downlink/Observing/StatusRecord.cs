using Unarr.Agents.Downlink.Deciding;


namespace Unarr.Agents.Downlink.Observing;

/// <summary>The status of the downlink: what the machine reports, with what a clock and the past add to it. Written by one loop, read by
/// anybody.</summary>
internal sealed class StatusRecord(TimeProvider timeProvider, CoverRecord cover)
{
    private Reported _reported = new(
        new MachineStatus(DownlinkRoutes.None, DownlinkState.Idle, null, "not started"), timeProvider.GetUtcNow(), 0, null);

    private long _lastFrameTicks;
    private long _lastPollTicks;
    private long _lastSyncTicks;
    private long _waitTicks;
    private string? _lastError;

    public DownlinkStatus Current
    {
        get
        {
            Reported reported = Volatile.Read(ref _reported);
            return new DownlinkStatus
            {
                IsCovered = cover.IsCovered,
                Routes = reported.Status.Route,
                State = reported.Status.State,
                Since = reported.Since,
                Server = reported.Status.Mirror,
                Reason = reported.Status.Reason,
                LastFrame = At(ref _lastFrameTicks),
                LastPoll = At(ref _lastPollTicks),
                LastSync = At(ref _lastSyncTicks),
                SyncsWaitUntil = At(ref _waitTicks),
                Failures = reported.Failures,
                LastError = reported.LastError,
            };
        }
    }

    /// <summary>What covers, since when, and how long that is.</summary>
    public CoverRecord Cover => cover;

    /// <summary>Syncs wait for a time; zero when they no longer do.</summary>
    public void SyncsWait(TimeSpan time) =>
        Interlocked.Exchange(ref _waitTicks, time > TimeSpan.Zero ? (timeProvider.GetUtcNow() + time).UtcTicks : 0);

    /// <summary>A sync has succeeded.</summary>
    public void Synced() => Note(ref _lastSyncTicks);

    /// <summary>Takes from an input what the status says of it.</summary>
    /// <returns>Whether the input alone has changed the cover.</returns>
    public bool Took(in DownlinkInput input)
    {
        if (input.Kind == DownlinkInputKind.Frames)
        {
            Note(ref _lastFrameTicks);
        }
        else if (input.Kind == DownlinkInputKind.PollAnswered)
        {
            Note(ref _lastPollTicks);
            return cover.PollAnswered();
        }
        else if (input.Kind == DownlinkInputKind.PollFailed
            || (input.Kind == DownlinkInputKind.StreamEnded && input.End != StreamEnd.Proper))
        {
            _lastError = input.Detail;
        }

        return false;
    }

    /// <summary>The machine gave a stream up: why is its last reason, unless that is the end of all.</summary>
    public void GaveUp(MachineStatus status) => _lastError = status.State == DownlinkState.Stopped ? _lastError : status.Reason;

    /// <summary>Takes what the machine reports.</summary>
    public DownlinkStatus Changed(MachineStatus status, int failures)
    {
        cover.Changed(status.Route, status.State);
        Volatile.Write(ref _reported, new Reported(status, timeProvider.GetUtcNow(), failures, _lastError));
        return Current;
    }

    private static DateTimeOffset? At(ref long ticks) =>
        Interlocked.Read(ref ticks) is > 0 and long at ? new DateTimeOffset(at, TimeSpan.Zero) : null;

    private void Note(ref long ticks) => Interlocked.Exchange(ref ticks, timeProvider.GetUtcNow().UtcTicks);

    private sealed record Reported(MachineStatus Status, DateTimeOffset Since, int Failures, string? LastError);
}
