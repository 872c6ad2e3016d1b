using Unarr.Pipelines.Pacing;

namespace Unarr.Agents.Downlink.Deciding;

/// <summary>What one stream has shown so far, and what follows from it. Times stand still while the reader waits for the handler.</summary>
internal sealed class StreamRecord(TimeSpan begun, bool trusted, HeartbeatInterval heartbeat, LearntLife life)
{
    /// <summary>How soon a comment comes that a server writes after an event.</summary>
    private static readonly TimeSpan RightBehind = TimeSpan.FromMilliseconds(250);

    private TimeSpan _begun = begun;
    private TimeSpan? _opened;
    private TimeSpan? _firstFrame;
    private TimeSpan _lastFrame;
    private TimeSpan? _spanBegun;
    private TimeSpan? _lastComment;
    private TimeSpan? _eventBefore;
    private TimeSpan? _busySince;

    // By the clock, which does not stand still: servers end streams by their age.
    private TimeSpan? _openedAt;

    public Uri? Mirror { get; private set; }

    public bool HasFrames => _firstFrame is not null;

    /// <summary>Frames arrive as they are sent: the stream alone is enough.</summary>
    public bool IsProven { get; private set; }

    /// <summary>Has been without a frame for longer than it should.</summary>
    public bool IsSuspect { get; private set; }

    /// <summary>Streams on this path end at about its age.</summary>
    public bool IsAboutToEnd { get; private set; }

    /// <summary>"First to last frame."</summary>
    public TimeSpan Lived => _firstFrame is { } first ? _lastFrame - first : TimeSpan.Zero;

    public void Open(TimeSpan at, Uri? mirror)
    {
        _opened = at;
        _openedAt = at;
        Mirror = mirror;
    }

    public void Frames(in DownlinkInput input)
    {
        TimeSpan at = input.At;
        if (_firstFrame is null)
        {
            // "The connect comment may tell it": one that tells none takes back what an earlier stream's has told.
            heartbeat.Tell(input.ToldHeartbeat);
        }

        // "A comment in a write of its own right after each event" is no heartbeat, and teaches none.
        bool isBehindEvent = input.BeginsWithComment && _eventBefore is { } before && at - before <= RightBehind;
        int comments = input.Comments - (isBehindEvent ? 1 : 0);
        _eventBefore = input.EndsWithEvent ? at : null;
        for (int comment = 0; comment < Math.Min(comments, 2); comment++)
        {
            // Several at once: no time between them, which is what tells a burst.
            if (_lastComment is { } last)
            {
                heartbeat.Learn(at - last);
            }

            _lastComment = at;
        }

        // A gap above 1.25 intervals begins the proof anew.
        if (_spanBegun is null || at - _lastFrame > SuspectAfter)
        {
            _spanBegun = at;
        }

        bool first = _firstFrame is null;
        _firstFrame ??= at;
        _lastFrame = at;
        if ((first && trusted && !IsSuspect) || at - _spanBegun >= heartbeat.Value * 0.8)
        {
            IsProven = true;
            IsSuspect = false;
        }
    }

    public void Suspect()
    {
        IsSuspect = true;
        IsProven = false;
        _spanBegun = null;
    }

    /// <summary>It is about to end.</summary>
    public void ExpectEnd() => IsAboutToEnd = true;

    /// <summary>It was expected to end and did not.</summary>
    public void Outlive()
    {
        IsAboutToEnd = false;
        life.Forget();
    }

    public void Busy(TimeSpan at) => _busySince ??= at;

    /// <summary>"It stands still while the reader waits for a full handler queue."</summary>
    public void Free(TimeSpan at)
    {
        TimeSpan stood = at - _busySince.GetValueOrDefault(at);
        _busySince = null;
        _begun += stood;
        _opened += stood;
        _lastFrame += stood;
        _spanBegun += stood;
        _lastComment += stood;
        _eventBefore += stood;
    }

    /// <summary>Whether a proper end of it counts as the server's recycling: "after living at least h",
    /// and not mute for most of that.</summary>
    public bool LivedAnInterval(TimeSpan at) =>
        _firstFrame is { } first && at - first >= heartbeat.Value && Lived >= heartbeat.Value * 0.8;

    /// <summary>How long it has been silent.</summary>
    public TimeSpan Silence(TimeSpan at) => at - (HasFrames ? _lastFrame : _opened ?? _begun);

    /// <summary>How long it has been open, while the handler was busy too.</summary>
    public TimeSpan Age(TimeSpan at) => at - _openedAt.GetValueOrDefault(at);

    /// <summary>When it is about to end; never when it is already, and while it is being opened.</summary>
    public TimeSpan ExpectedEndDue => IsAboutToEnd ? DownlinkMachine.Never : AtAge(life.EndsFrom);

    /// <summary>When it has outlived its expected end.</summary>
    public TimeSpan OutlivedDue => IsAboutToEnd ? AtAge(life.OutlivedAt) : DownlinkMachine.Never;

    /// <summary>When it becomes suspect: "opening for longer than the grace, or proven and silent for 1.25 h"; never when it
    /// is already, or when its frames have yet to prove it: the long-poll runs beside it then.</summary>
    public TimeSpan SuspectDue(TimeSpan firstFrameGrace)
    {
        if (IsSuspect || _busySince is not null)
        {
            return DownlinkMachine.Never;
        }

        return !HasFrames ? _begun + firstFrameGrace : IsProven ? _lastFrame + SuspectAfter : DownlinkMachine.Never;
    }

    /// <summary>When it is dropped; never while it is being opened, which has a deadline of its own.</summary>
    public TimeSpan LivenessDue(TimeSpan? configured) => _opened is not { } opened || _busySince is not null
        ? DownlinkMachine.Never
        : (HasFrames ? _lastFrame : opened) + LivenessTimeout(configured);

    /// <summary>When the first of these is.</summary>
    public TimeSpan Due(TimeSpan firstFrameGrace, TimeSpan? configured) => Earlier(
        Earlier(SuspectDue(firstFrameGrace), LivenessDue(configured)), Earlier(ExpectedEndDue, OutlivedDue));

    /// <summary>"As configured; when nobody configured it, 2.5 × h if told or learnt, else 40 s."</summary>
    /// <remarks>A told interval alone makes it no shorter than 40 s: a stream dropped before the first heartbeat could teach
    /// nothing.</remarks>
    private TimeSpan LivenessTimeout(TimeSpan? configured)
    {
        TimeSpan timeout = heartbeat.Value * 2.5;
        return configured
            ?? (heartbeat.IsLearnt || timeout > DownlinkMachine.DefaultLivenessTimeout ? timeout : DownlinkMachine.DefaultLivenessTimeout);
    }

    private TimeSpan AtAge(TimeSpan age) =>
        _openedAt is { } opened && age < DownlinkMachine.Never - opened ? opened + age : DownlinkMachine.Never;

    private static TimeSpan Earlier(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private TimeSpan SuspectAfter => heartbeat.Value * 1.25;
}
