using Unarr.Pipelines.Downlink;

namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>The sync loop: one at a time, triggers of the meantime are one, the next an interval after the last.</summary>
internal sealed class SyncModel(DownlinkOptions options, Func<double> random)
{
    private TimeSpan _due;
    private TimeSpan _leftAlone;
    private TimeSpan _waits;
    private TimeSpan? _failed;
    private int _failures;
    private bool _triggered;
    private bool _succeeds;
    private int _refusals;

    /// <summary>When the one under way ends.</summary>
    public TimeSpan Ends { get; private set; } = TimeSpan.MaxValue;

    public TimeSpan Next => IsUnderWay ? Ends : _due;

    public bool IsUnderWay => Ends != TimeSpan.MaxValue;

    public void Trigger(SyncReason reason, TimeSpan at)
    {
        if (reason == SyncReason.Reconnect && options.Hedging && _failed is { } failed && at - failed < SyncPace.Recovery)
        {
            return;
        }

        _triggered = true;
        if (!IsUnderWay)
        {
            _due = at > _leftAlone ? at : _leftAlone;
        }
    }

    public void Begin(TimeSpan ends, Behaviour behaviour, bool succeeds)
    {
        _triggered = false;
        Ends = ends;
        _succeeds = succeeds;
        _waits = succeeds || behaviour.Reach != Reach.Up ? TimeSpan.Zero : behaviour.Sync switch
        {
            Refusal.Busy => behaviour.RetryAfter * (1 + (0.1 * random())),
            Refusal.Unauthorized => Backoff.Jittered(
                Backoff.Doubled(TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(15), _refusals++), random()),
            _ => TimeSpan.Zero,
        };
    }

    /// <summary>Ends the one under way.</summary>
    /// <returns>Whether it succeeded.</returns>
    public bool End(TimeSpan at)
    {
        Ends = TimeSpan.MaxValue;
        _leftAlone = at + _waits;
        _failures = _succeeds ? 0 : _failures + 1;
        TimeSpan interval = options.Hedging ? SyncPace.Next(options.SyncInterval, _failures, random()) : options.SyncInterval;
        _due = _leftAlone + (_triggered ? TimeSpan.Zero : interval);
        _refusals = _succeeds ? 0 : _refusals;
        _failed = _succeeds ? _failed : at;
        return _succeeds;
    }
}
