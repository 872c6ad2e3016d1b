using Unarr.Pipelines.Downlink;

namespace Unarr.Pipelines.Hosting;

/// <summary>How the agent can be reached, and since when. Thread-safe.</summary>
internal sealed class HealthRecord
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _timeProvider;
    private DownlinkStatus _status = new(DownlinkRoute.None, DownlinkState.Waiting, null, "not started");
    private Cover _cover = Cover.None;
    private DateTimeOffset _since;
    private long _sinceTimestamp;

    public HealthRecord(TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        Mark();
    }

    /// <summary>Notes a change. Attempts that leave the agent as blind as it was do not begin the time anew.</summary>
    public void Changed(DownlinkStatus status)
    {
        lock (_gate)
        {
            _status = status;
            Cover cover = CoverOf(status);
            if (cover != _cover)
            {
                _cover = cover;
                Mark();
            }
        }
    }

    /// <summary>How it stands now, since when, and how long that is.</summary>
    public (DownlinkStatus Status, Cover Cover, DateTimeOffset Since, TimeSpan Lasted) Read()
    {
        lock (_gate)
        {
            return (_status, _cover, _since, _timeProvider.GetElapsedTime(_sinceTimestamp));
        }
    }

    private static Cover CoverOf(DownlinkStatus status) => status switch
    {
        { State: DownlinkState.Stopped } => Cover.Stopped,
        { State: DownlinkState.Unauthorized } => Cover.Refused,
        { State: DownlinkState.Live } => Cover.Stream,
        { IsCovered: true } => Cover.Poll,
        _ => Cover.None,
    };

    private void Mark()
    {
        _since = _timeProvider.GetUtcNow();
        _sinceTimestamp = _timeProvider.GetTimestamp();
    }
}
