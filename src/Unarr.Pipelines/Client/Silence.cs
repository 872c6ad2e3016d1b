using Unarr.Pipelines.Pacing;

namespace Unarr.Pipelines.Sse;

/// <summary>Which silence of a stream is too long: learnt from the server's heartbeat comments.</summary>
internal sealed class Silence
{
    /// <summary>"Three regular comments teach it": two gaps.</summary>
    private const int LeastGaps = 2;

    private static readonly TimeSpan LeastTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Unlearnt = TimeSpan.FromMinutes(5);

    /// <summary>How soon a comment comes that a server writes after an event: it is not a heartbeat.</summary>
    private static readonly TimeSpan RightAfter = TimeSpan.FromMilliseconds(250);

    private readonly HeartbeatInterval _heartbeat = new();
    private TimeSpan? _lastComment;
    private int _gaps;

    /// <summary>2.5 times the heartbeat's interval, at least 30 seconds; 5 minutes before it is known.</summary>
    public TimeSpan TooLong { get; private set; } = Unlearnt;

    /// <summary>A connection begins: what it is silent for is counted anew, what was learnt stays.</summary>
    public void Open() => _lastComment = null;

    /// <summary>A comment came.</summary>
    /// <param name="at">When.</param>
    /// <param name="lastEvent">When the last event came; <see langword="null"/> when none has come.</param>
    public void Comment(TimeSpan at, TimeSpan? lastEvent)
    {
        if (lastEvent is { } before && at - before <= RightAfter)
        {
            return;
        }

        if (_lastComment is { } last && at > last)
        {
            _heartbeat.Learn(at - last);
            _gaps++;
        }

        _lastComment = at;
        TooLong = _gaps >= LeastGaps && _heartbeat.IsLearnt
            ? _heartbeat.Value * 2.5 > LeastTimeout ? _heartbeat.Value * 2.5 : LeastTimeout
            : Unlearnt;
    }

    /// <summary>A stream was given up: what was learnt may be another server's.</summary>
    public void Forget()
    {
        _heartbeat.Forget();
        _gaps = 0;
        TooLong = Unlearnt;
    }
}
