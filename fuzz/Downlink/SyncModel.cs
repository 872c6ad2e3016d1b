using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.Deciding;
using Unarr.Agents.Downlink.Syncing;
using Unarr.Pipelines.Pacing;



namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>The sync loop: one at a time, triggers of the meantime are one, the next an interval after the last.</summary>
internal sealed class SyncModel(DownlinkSettings options, Func<double> random)
{
    private TimeSpan _due;
    private TimeSpan _leftAlone;
    private TimeSpan _waits;
    private TimeSpan _broughtTo = TimeSpan.MaxValue;
    private int _failures;
    private bool _triggered;
    private bool _succeeds;
    private bool _isRefused;
    private bool _isGone;
    private bool _isParked;
    private TimeSpan _begun;
    private TimeSpan _pushEvery;
    private long _taken;
    private TimeSpan _recovered;
    private int _refusals;

    /// <summary>When the one under way ends.</summary>
    public TimeSpan Ends { get; private set; } = TimeSpan.MaxValue;

    public TimeSpan Next => IsUnderWay ? Ends : _isParked ? TimeSpan.MaxValue : _due;

    /// <summary>When a sync last brought a control.</summary>
    public TimeSpan? ControlsCame { get; private set; }

    public bool IsUnderWay => Ends != TimeSpan.MaxValue;

    public void Trigger(SyncReason reason, TimeSpan at)
    {
        if (reason == SyncReason.Reconnect && options.Hedging && (_failures > 0 || at < _recovered))
        {
            TimeSpan latest = at + SyncPace.BroughtForward(options.SyncInterval, random());
            _broughtTo = latest < _broughtTo ? latest : _broughtTo;
            latest = _broughtTo > _leftAlone ? _broughtTo : _leftAlone;
            _due = latest < _due ? latest : _due;
            return;
        }

        _triggered = true;
        if (!IsUnderWay)
        {
            _due = at > _leftAlone ? at : _leftAlone;
        }
    }

    public void Park() => _isParked = true;

    public void Resume(TimeSpan at)
    {
        _isParked = false;
        _triggered = IsUnderWay;
        _due = at;
    }

    /// <summary>What waits because the key was refused waits no longer.</summary>
    public void KeyAccepted(TimeSpan at)
    {
        if (_isRefused && at < _leftAlone)
        {
            (_leftAlone, _due) = (at, at);
        }
    }

    public void Begin(TimeSpan begun, TimeSpan ends, Behaviour behaviour, bool succeeds)
    {
        _begun = begun;
        _pushEvery = behaviour.PushEvery;
        _triggered = false;
        _broughtTo = TimeSpan.MaxValue;
        Ends = ends;
        _succeeds = succeeds;
        _isRefused = !succeeds && behaviour is { Reach: Reach.Up, Sync: Refusal.Unauthorized };
        _isGone = !succeeds && behaviour is { Reach: Reach.Up, Sync: Refusal.Gone };
        _waits = succeeds || behaviour.Reach != Reach.Up ? TimeSpan.Zero : behaviour.Sync switch
        {
            Refusal.Busy => Backoff.Asked(behaviour.RetryAfter, random()),
            Refusal.Unauthorized => Backoff.Jittered(
                Backoff.Doubled(TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(15), _refusals++), random()),
            _ => TimeSpan.Zero,
        };
    }

    /// <summary>Ends the one under way.</summary>
    /// <returns>What the machine is told of it.</returns>
    public DownlinkInput? End(TimeSpan at)
    {
        bool again = _failures > 0;
        _recovered = again ? at + SyncPace.Recovery : _recovered;
        Ends = TimeSpan.MaxValue;
        _leftAlone = at + _waits;
        _failures = _succeeds ? 0 : _failures + 1;
        TimeSpan interval = options.Hedging ? SyncPace.Next(options.SyncInterval, _failures, random()) : options.SyncInterval;
        _due = _triggered ? _leftAlone : _leftAlone + interval;
        TimeSpan broughtTo = _broughtTo > _leftAlone ? _broughtTo : _leftAlone;
        _due = broughtTo < _due ? broughtTo : _due;
        _refusals = _succeeds ? 0 : _refusals;
        if (_isGone)
        {
            _isParked = true;
            return new DownlinkInput(DownlinkInputKind.SyncRefused) { Detail = "scripted", Begun = _begun };
        }

        if (_succeeds && _pushEvery > TimeSpan.Zero && at.Ticks / _pushEvery.Ticks is long pushed && pushed > _taken)
        {
            _taken = pushed;
            ControlsCame = at;
        }

        return _succeeds ? new DownlinkInput(DownlinkInputKind.Synced) { Again = again, Begun = _begun } : null;
    }
}
