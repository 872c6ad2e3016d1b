using Unarr.Agents.Downlink.Deciding;
using Unarr.Agents.Downlink.Observing;



namespace Unarr.Pipelines.Fuzz.Downlink;

/// <summary>One stream as it really is, whatever the machine thinks of it.</summary>
internal sealed class StreamModel(Func<double> random)
{
    private static readonly TimeSpan Never = TimeSpan.MaxValue;

    private Behaviour _behaviour = Behaviour.Healthy;
    private TimeSpan _ready;
    private TimeSpan _nextBeat;
    private TimeSpan _nextEvent;
    private TimeSpan _nextFlush;
    private TimeSpan _end;
    private StreamEnd _endsAs;
    private Refusal _refusal;
    private bool _stuck;
    private bool _greetingDue;
    private StreamTally _tally;

    // What a path that holds each piece back has held back.
    private bool _holdsComment;
    private bool _holdsEvent;

    public int Generation { get; private set; }

    public int Mirror { get; private set; }

    /// <summary>Whether it was opened and has not ended.</summary>
    public bool IsOpen { get; private set; }

    public bool IsBusy { get; private set; }

    public TimeSpan? LastFrame { get; private set; }

    /// <summary>Whether what is pushed on it arrives when it is sent.</summary>
    public bool Delivers => IsOpen && !_stuck && _behaviour.OpenStreamDelivers;

    /// <summary>When something happens to it.</summary>
    public TimeSpan Next
    {
        get
        {
            if (Generation == 0)
            {
                return Never;
            }

            if (!IsOpen)
            {
                return _ready;
            }

            if (IsBusy)
            {
                return Never;
            }

            TimeSpan frame = _behaviour.FlushEvery > TimeSpan.Zero ? _nextFlush : Earlier(_nextBeat, _nextEvent);
            return _stuck ? _end : Earlier(frame, _end);
        }
    }

    /// <summary>Begins an attempt whose fate is known: it opens or fails at a time.</summary>
    public void Begin(int generation, TimeSpan ready, int mirror, StreamEnd? failsAs, Refusal refusal = Refusal.None)
    {
        _refusal = refusal;
        Generation = generation;
        Mirror = mirror;
        _ready = ready;
        _endsAs = failsAs ?? StreamEnd.Proper;
        Fails = failsAs is not null;
        IsOpen = false;
        IsBusy = false;
        _stuck = false;
        LastFrame = null;
        _tally = default;
        (_holdsComment, _holdsEvent) = (false, false);
    }

    /// <summary>Whether the attempt ends without a stream.</summary>
    public bool Fails { get; private set; }

    /// <summary>Whether the mirror itself refuses the attempt, so that no other one is asked.</summary>
    public bool IsRefused => Fails && _refusal is Refusal.Busy or Refusal.Broken or Refusal.NotOffered;

    public void Close() => (Generation, IsOpen) = (0, false);

    /// <summary>The path treats it in another way from now on.</summary>
    public DownlinkInput? Change(Segment segment, TimeSpan at)
    {
        if (!IsOpen)
        {
            return null;
        }

        DownlinkInput? input = null;
        TimeSpan nextBeat = _nextBeat > at ? _nextBeat : at;
        if (IsBusy && !segment.Behaviour.HandlerIsBusy)
        {
            // What came in the meantime is read now.
            nextBeat = at;
            IsBusy = false;
            input = Input(DownlinkInputKind.HandlerFree, at);
        }

        Behaviour behaviour = segment.Behaviour;
        if (segment.Open == OpenConnections.Stick || _stuck || behaviour.Reach is Reach.BlackHole or Reach.Unanswered)
        {
            _stuck = true;
            _end = Never;
        }
        else if (segment.Open == OpenConnections.Reset || behaviour.Reach == Reach.Refused || behaviour.Events != Refusal.None)
        {
            _stuck = true;
            _end = at;
            _endsAs = StreamEnd.Cut;
        }
        else
        {
            Adopt(behaviour, at, greets: false);
            _nextBeat = _nextBeat != Never && nextBeat < _nextBeat ? nextBeat : _nextBeat;
            if (behaviour.HandlerIsBusy)
            {
                IsBusy = true;
                input = Input(DownlinkInputKind.HandlerBusy, at);
            }
        }

        return input;
    }

    /// <summary>Does what is due.</summary>
    /// <returns>What the agent sees of it.</returns>
    public DownlinkInput? Step(Behaviour behaviour, TimeSpan at)
    {
        if (!IsOpen && !Fails)
        {
            IsOpen = true;
            _stuck = behaviour.Reach != Reach.Up;
            Adopt(behaviour, at, greets: behaviour.Greets);
            return Input(DownlinkInputKind.StreamOpened, at);
        }

        if (!IsOpen || at >= _end)
        {
            DownlinkInput ended = Input(DownlinkInputKind.StreamEnded, at) with
            {
                End = _endsAs,
                Detail = "scripted",
                RetryAfter = Fails && _refusal == Refusal.Busy ? behaviour.RetryAfter : TimeSpan.Zero,
            };
            Close();
            return ended;
        }

        return Frames(at);
    }

    private DownlinkInput? Frames(TimeSpan at)
    {
        while (_nextBeat <= at)
        {
            Write(isComment: true);
            _nextBeat = After(_nextBeat, _behaviour.Beat);
        }

        while (_nextEvent <= at)
        {
            Write(isComment: false);
            if (_behaviour.CommentsAfterEvents)
            {
                Write(isComment: true);
            }

            _nextEvent = After(_nextEvent, _behaviour.EventEvery);
        }

        if (_behaviour.FlushEvery > TimeSpan.Zero)
        {
            _nextFlush = at + _behaviour.FlushEvery;
        }

        if (_tally.Frames == 0)
        {
            return null;
        }

        DownlinkInput frames = Input(DownlinkInputKind.Frames, at) with
        {
            Comments = _tally.Comments,
            BeginsWithComment = _tally.BeginsWithComment,
            EndsWithEvent = _tally.EndsWithEvent,
            ToldHeartbeat = _greetingDue ? _behaviour.Told : TimeSpan.Zero,
        };
        LastFrame = at;
        _greetingDue = false;
        _tally = default;
        return frames;
    }

    /// <summary>The server writes a piece; on a path that holds pieces back, what it wrote before arrives.</summary>
    private void Write(bool isComment)
    {
        if (!_behaviour.HoldsBack)
        {
            Arrive(isComment);
            return;
        }

        if (_holdsComment || _holdsEvent)
        {
            Arrive(_holdsComment);
        }

        (_holdsComment, _holdsEvent) = (isComment, !isComment);
    }

    private void Arrive(bool isComment)
    {
        if (isComment)
        {
            _tally.Comment();
        }
        else
        {
            _tally.Command();
        }
    }

    private void Adopt(Behaviour behaviour, TimeSpan at, bool greets)
    {
        _behaviour = behaviour;
        bool silent = behaviour.MuteFrom is MuteFrom.Headers or MuteFrom.Start;
        _greetingDue = greets && !silent;
        TimeSpan first = _greetingDue ? at : After(at, behaviour.Beat);
        _nextBeat = silent || (behaviour.MuteFrom == MuteFrom.Greeting && !_greetingDue) ? Never : first;
        _nextEvent = behaviour.MuteFrom != MuteFrom.Never ? Never : After(at, behaviour.EventEvery);
        _nextFlush = After(at, behaviour.FlushEvery);
        if (behaviour.FlushEvery > TimeSpan.Zero && silent)
        {
            _nextFlush = Never;
        }

        TimeSpan ends = behaviour.Ends;
        _end = ends == TimeSpan.Zero ? Never : at + ends
            + (behaviour.AgeVariesBy == 0 ? TimeSpan.Zero : ends * (behaviour.AgeVariesBy * ((2 * random()) - 1)));
        _endsAs = ends == behaviour.RecycleAfter ? StreamEnd.Proper : StreamEnd.Cut;
    }

    private TimeSpan After(TimeSpan at, TimeSpan interval) => interval == TimeSpan.Zero || _behaviour.MuteFrom == MuteFrom.Greeting
        ? Never
        : at + interval + (_behaviour.Jitter > TimeSpan.Zero ? _behaviour.Jitter * random() : TimeSpan.Zero);

    private DownlinkInput Input(DownlinkInputKind kind, TimeSpan at) => new(kind, at, Generation);

    private static TimeSpan Earlier(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
