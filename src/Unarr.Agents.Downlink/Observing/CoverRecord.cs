namespace Unarr.Agents.Downlink.Observing;

/// <summary>The one verdict whether a push reaches the agent, since when, and how long none could. Thread-safe.</summary>
/// <remarks>
/// A long-poll covers from its first answer on, and then since it was opened: a server that takes a poll and never answers covers nothing.
/// Until that is decided its time is not counted as blind; where the poll is never answered, it is counted at its end.
/// </remarks>
internal sealed class CoverRecord
{
    private readonly TimeProvider _timeProvider;
    private readonly Lock _gate = new();

    private DownlinkRoutes _routes;
    private Cover _cover;
    private Moment _since;

    // Since when the long-poll runs, and whether it was answered since.
    private Moment? _pollOpen;
    private bool _isAnswered;

    // The blind time that is counted, and since when it goes on.
    private TimeSpan _blind;
    private Moment? _blindSince;

    public CoverRecord(TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        _since = Now();
    }

    /// <summary>The routes that are open.</summary>
    public DownlinkRoutes Routes
    {
        get
        {
            lock (_gate)
            {
                return _routes;
            }
        }
    }

    public bool IsCovered => Read().Cover is Cover.Stream or Cover.LongPoll;

    /// <summary>How long no push could reach the agent, until now.</summary>
    public TimeSpan Blind
    {
        get
        {
            lock (_gate)
            {
                return _blindSince is { } since ? _blind + Elapsed(since) : _blind;
            }
        }
    }

    /// <summary>The downlink starts, without a route: its blind time runs.</summary>
    public void Start()
    {
        lock (_gate)
        {
            _blindSince = Now();
        }
    }

    /// <summary>Routes or state have changed. Attempts that leave the agent as blind as it was do not begin the time again.</summary>
    public void Changed(DownlinkRoutes routes, DownlinkState state)
    {
        lock (_gate)
        {
            Moment now = Now();
            _routes = routes;
            Moment? wasOpen = _pollOpen;
            bool wasUndecided = wasOpen is not null && IsBlind(_cover);
            bool polls = routes.HasFlag(DownlinkRoutes.LongPoll);
            _pollOpen = polls ? wasOpen ?? now : null;
            _isAnswered &= polls;
            Become(CoverOf(state), now);

            bool isUndecided = polls && _cover == Cover.None;
            if (wasUndecided && !isUndecided && IsBlind(_cover))
            {
                _blind += Elapsed(wasOpen!.Value, now);
            }

            Count(IsBlind(_cover) && !isUndecided, now);
        }
    }

    /// <summary>A long-poll was answered.</summary>
    /// <returns>Whether the verdict is another now.</returns>
    public bool PollAnswered()
    {
        lock (_gate)
        {
            if (_pollOpen is not { } open)
            {
                return false;
            }

            _isAnswered = true;
            bool covers = _cover == Cover.None;
            if (covers)
            {
                Become(Cover.LongPoll, open);
            }

            return covers;
        }
    }

    /// <summary>What covers, since when, and how long that is.</summary>
    public (Cover Cover, DateTimeOffset Since, TimeSpan Lasted) Read()
    {
        lock (_gate)
        {
            return (_cover, _since.At, Elapsed(_since));
        }
    }

    private static bool IsBlind(Cover cover) => cover is Cover.None or Cover.Refused or Cover.Gone;

    private Cover CoverOf(DownlinkState state) => state switch
    {
        DownlinkState.Stopped => Cover.Stopped,
        DownlinkState.Unauthorized => Cover.Refused,
        DownlinkState.Refused => Cover.Gone,
        DownlinkState.Live => Cover.Stream,
        _ when _isAnswered => Cover.LongPoll,
        _ => Cover.None,
    };

    private void Become(Cover cover, Moment since)
    {
        if (cover != _cover)
        {
            // Refused or not, blind is blind: the time does not begin again.
            _since = IsBlind(cover) && IsBlind(_cover) ? _since : since;
            _cover = cover;
        }
    }

    private void Count(bool isBlind, Moment now)
    {
        if (_blindSince is { } since)
        {
            _blind += Elapsed(since, now);
        }

        _blindSince = isBlind ? now : null;
    }

    private Moment Now() => new(_timeProvider.GetUtcNow(), _timeProvider.GetTimestamp());

    private TimeSpan Elapsed(Moment since) => _timeProvider.GetElapsedTime(since.Timestamp);

    private TimeSpan Elapsed(Moment since, Moment until) => _timeProvider.GetElapsedTime(since.Timestamp, until.Timestamp);

    private readonly record struct Moment(DateTimeOffset At, long Timestamp);
}
