namespace Unarr.Agents.Downlink.Observing;

/// <summary>Which route a running downlink has, and how long it had none. Thread-safe.</summary>
internal sealed class CoverRecord(TimeProvider timeProvider)
{
    private readonly Lock _gate = new();
    private TimeSpan _blind;
    private bool _isBlind;
    private long _blindSince;

    /// <summary>The route it has now.</summary>
    public DownlinkRoute Route { get; private set; }

    /// <summary>How long no push could reach it, until now.</summary>
    public TimeSpan Blind
    {
        get
        {
            lock (_gate)
            {
                return _isBlind ? _blind + timeProvider.GetElapsedTime(_blindSince) : _blind;
            }
        }
    }

    /// <summary>The downlink starts, without a route.</summary>
    public void Start() => Note(DownlinkRoute.None, isBlind: true);

    /// <summary>The downlink's status has changed.</summary>
    public void Changed(DownlinkStatus status) => Note(status.Route, !status.IsCovered && status.State != DownlinkState.Stopped);

    private void Note(DownlinkRoute route, bool isBlind)
    {
        lock (_gate)
        {
            Route = route;
            long now = timeProvider.GetTimestamp();
            if (_isBlind)
            {
                _blind += timeProvider.GetElapsedTime(_blindSince, now);
            }

            _isBlind = isBlind;
            _blindSince = now;
        }
    }
}
