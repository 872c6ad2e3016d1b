
namespace Unarr.Agents.Downlink.Hosting;

/// <summary>How the agent can be reached, and since when. Thread-safe.</summary>
internal sealed class HealthRecord
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _timeProvider;
    private DownlinkStatus _status = new(DownlinkRoute.None, DownlinkState.Waiting, null, "not started");

    // What covers, since when; and since when the poll is open that would cover once it is answered.
    private Cover _cover = Cover.None;
    private Moment _since;
    private Moment? _pollOpen;
    private DateTimeOffset? _answeredBefore;

    public HealthRecord(TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        _since = Now();
    }

    /// <summary>Notes a change. Attempts that leave the agent as blind as it was do not begin the time anew.</summary>
    public void Changed(DownlinkStatus status)
    {
        lock (_gate)
        {
            Answered(status.LastPoll);
            _status = status;
            bool polls = status.Route.HasFlag(DownlinkRoute.Poll);
            _pollOpen = polls ? _pollOpen ?? Now() : null;
            bool isProven = polls && (_cover == Cover.Poll || status.LastPoll != _answeredBefore);
            if (!polls)
            {
                _answeredBefore = status.LastPoll;
            }

            Become(CoverOf(status, isProven), Now());
        }
    }

    /// <summary>How it stands now, since when, and how long that is.</summary>
    /// <param name="lastPoll">When the long-poll was last answered: that alone is no change of the status.</param>
    public (DownlinkStatus Status, Cover Cover, DateTimeOffset Since, TimeSpan Lasted) Read(DateTimeOffset? lastPoll)
    {
        lock (_gate)
        {
            Answered(lastPoll);
            return (_status, _cover, _since.At, _timeProvider.GetElapsedTime(_since.Timestamp));
        }
    }

    /// <summary>The long-poll covers from its first answer on: a server that takes a connection and never answers covers nothing.</summary>
    private void Answered(DateTimeOffset? lastPoll)
    {
        if (_pollOpen is { } open && _cover == Cover.None && lastPoll != _answeredBefore)
        {
            Become(Cover.Poll, open);
        }
    }

    private void Become(Cover cover, Moment since)
    {
        if (cover != _cover)
        {
            // Refused or not, blind is blind: the time does not begin anew.
            _since = IsBlind(cover) && IsBlind(_cover) ? _since : since;
            _cover = cover;
        }
    }

    private static bool IsBlind(Cover cover) => cover is Cover.None or Cover.Refused or Cover.Gone;

    private static Cover CoverOf(DownlinkStatus status, bool isPollProven) => status switch
    {
        { State: DownlinkState.Stopped } => Cover.Stopped,
        { State: DownlinkState.Unauthorized } => Cover.Refused,
        { State: DownlinkState.Refused } => Cover.Gone,
        { State: DownlinkState.Live } => Cover.Stream,
        _ when isPollProven => Cover.Poll,
        _ => Cover.None,
    };

    private Moment Now() => new(_timeProvider.GetUtcNow(), _timeProvider.GetTimestamp());

    private readonly record struct Moment(DateTimeOffset At, long Timestamp);
}
