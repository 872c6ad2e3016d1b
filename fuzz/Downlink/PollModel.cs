using Unarr.Agents.Downlink.Deciding;



namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>One long-poll as it really is.</summary>
internal sealed class PollModel
{
    /// <summary>"A poll has 10 s to connect and 35 s to answer."</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(45);

    private TimeSpan _asked;
    private DownlinkInput _end;
    private bool _delivers;
    private TimeSpan _pushEvery;
    private long _told;

    public int Generation { get; private set; }

    public int Mirror { get; private set; }

    /// <summary>When the request is there.</summary>
    public TimeSpan Sent { get; private set; }

    /// <summary>Whether it follows an answered one at once.</summary>
    public bool GoesOn { get; private set; }

    public TimeSpan Next { get; private set; } = TimeSpan.MaxValue;

    /// <summary>Whether what comes of it makes the next mirror worth a try: a failure that is none of the control plane's own,
    /// and no cut of one that was held.</summary>
    public bool IsTransient { get; private set; }

    public bool Delivers(TimeSpan at) => Generation != 0 && _delivers && at >= Sent;

    /// <summary>Begins a poll whose fate is known as long as the path does not change.</summary>
    public void Begin(int generation, TimeSpan asked, TimeSpan sent, int mirror, Behaviour behaviour, TimeSpan? fails)
    {
        Generation = generation;
        Mirror = mirror;
        GoesOn = asked == _asked && _end.Kind == DownlinkInputKind.PollAnswered;
        _asked = asked;
        Sent = sent;
        _pushEvery = behaviour.PushEvery;
        _delivers = behaviour.PollDelivers && fails is null;
        IsTransient = false;
        if (fails is { } failed)
        {
            Fail(failed, PollFailure.Failed);
        }
        else if (behaviour.Reach != Reach.Up)
        {
            Fail(sent + Deadline, PollFailure.Failed);
        }
        else if (behaviour.Wake != Refusal.None)
        {
            Fail(sent, behaviour.Wake switch
            {
                Refusal.Unauthorized => PollFailure.Unauthorized,
                Refusal.Gone => PollFailure.Gone,
                _ => PollFailure.Failed,
            });
            IsTransient = false;
            _end = _end with { RetryAfter = behaviour.Wake == Refusal.Busy ? behaviour.RetryAfter : TimeSpan.Zero };
        }
        else if (behaviour.CutAfter > TimeSpan.Zero && behaviour.CutAfter < behaviour.PollHold)
        {
            Cut(sent + behaviour.CutAfter);
        }
        else
        {
            Next = sent + behaviour.PollHold;
            _end = new DownlinkInput(DownlinkInputKind.PollAnswered, Next, Generation) { Wake = behaviour.Wakes };
            BeWoken(sent);
        }
    }

    /// <summary>By the next push, or at once by one that came since the last answer: "a wake between two polls is latched".</summary>
    private void BeWoken(TimeSpan sent)
    {
        if (_pushEvery == TimeSpan.Zero)
        {
            return;
        }

        long pushed = sent.Ticks / _pushEvery.Ticks;
        TimeSpan woken = pushed > _told ? sent : (pushed + 1) * _pushEvery;
        if (woken <= Next)
        {
            Next = woken;
            _end = _end with { At = woken, Wake = true };
        }
    }

    public void Stop() => (Generation, Next, _end) = (0, TimeSpan.MaxValue, default);

    /// <summary>The path treats it in another way from now on.</summary>
    public void Change(Segment segment, TimeSpan at)
    {
        Behaviour behaviour = segment.Behaviour;
        if (Generation == 0 || !_delivers)
        {
            return;
        }

        if (segment.Open == OpenConnections.Reset || behaviour.Reach == Reach.Refused || behaviour.Wake != Refusal.None)
        {
            _delivers = false;
            Cut(at);
        }
        else if (segment.Open == OpenConnections.Stick || behaviour.Reach != Reach.Up)
        {
            _delivers = false;
            Fail(_asked + Deadline, PollFailure.Failed);
        }
    }

    public DownlinkInput End()
    {
        // What was held for long and then cut goes on as an answered one does.
        bool answered = _end.Kind == DownlinkInputKind.PollAnswered
            || _end.Failure == PollFailure.Cut;
        DownlinkInput end = _end;
        _told = end.Wake && _pushEvery > TimeSpan.Zero ? Next.Ticks / _pushEvery.Ticks : _told;
        (Generation, _asked, Next) = (0, answered ? Next : TimeSpan.MinValue, TimeSpan.MaxValue);
        _end = _end with { Kind = answered ? DownlinkInputKind.PollAnswered : DownlinkInputKind.PollFailed };
        return end;
    }

    /// <summary>"A long-poll that was held for 5 s or more and then cut is an answer": any other cut is a failure.</summary>
    private void Cut(TimeSpan at)
    {
        bool wasHeld = at - Sent >= TimeSpan.FromSeconds(5);
        Fail(at, wasHeld ? PollFailure.Cut : PollFailure.Failed);
        IsTransient = !wasHeld;
    }

    private void Fail(TimeSpan at, PollFailure failure)
    {
        Next = at;
        IsTransient = true;
        _end = new DownlinkInput(DownlinkInputKind.PollFailed, at, Generation) { Failure = failure, Detail = "scripted" };
    }
}
