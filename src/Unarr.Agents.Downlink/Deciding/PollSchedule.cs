using Unarr.Pipelines.Pacing;

namespace Unarr.Agents.Downlink.Deciding;

/// <summary>When the long-poll is asked again: at once after an answer, with growing delays after failures and after a cache's
/// answers.</summary>
internal sealed class PollSchedule(TimeSpan retryDelay, Func<double> random)
{
    public const string TooQuick = "the long-poll is answered at once, again and again: it is sent with growing delays";

    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    private readonly QuickAnswers _quickAnswers = new();
    private readonly PollInFlight _inFlight = new();
    private TimeSpan _notBefore;
    private TimeSpan _failedAt;
    private int _failures;
    private bool _wasAnswered;

    /// <summary>Whether polls are asked at all.</summary>
    public bool IsWanted { get; private set; }

    /// <summary>Whether a poll is to be in flight now.</summary>
    public bool IsInFlight => IsWanted && Due == DownlinkMachine.Never;

    /// <summary>When to ask again; never while a poll is in flight or none is wanted.</summary>
    public TimeSpan Due { get; private set; } = DownlinkMachine.Never;

    /// <summary>Whether the last answer was a failure, so that the long-poll covers nothing.</summary>
    public bool IsFailing { get; private set; }

    /// <summary>Whether a push would be answered at once: the last answer was no failure, the poll is not paused between answers that came
    /// too quickly, and the first one is not unanswered for longer than a server holds it.</summary>
    public bool IsCovering => IsWanted && !IsFailing && !_inFlight.IsOverdue && !IsPaused;

    /// <summary>Whether its answers are taken for a cache's.</summary>
    public bool IsPaused => _quickAnswers.AreTooMany;

    /// <summary>When <see cref="BeDue"/> is to be called.</summary>
    public TimeSpan NextDue => Due < _inFlight.Due ? Due : _inFlight.Due;

    /// <summary>Starts or stops the long-poll. It is asked at once, unless the server asked to be left alone.</summary>
    public void Want(bool isWanted, TimeSpan at)
    {
        if (!isWanted)
        {
            Stop();
            return;
        }

        IsWanted = true;
        Due = at > _notBefore ? at : _notBefore;
        IsFailing = Due > at;
        AskIfDue(at);
    }

    /// <summary>Stops the long-poll, and forgets how it was answered.</summary>
    public void Stop()
    {
        IsWanted = false;
        IsFailing = false;
        Due = DownlinkMachine.Never;
        _failures = 0;
        _wasAnswered = false;
        _quickAnswers.Forgive();
        _inFlight.End();
    }

    /// <summary>Does what is due.</summary>
    /// <returns>What the poll in flight has shown, for people; <see langword="null"/> when nothing.</returns>
    public string? BeDue(TimeSpan at)
    {
        string? news = null;
        if (_inFlight.BecomesHeld(at))
        {
            _quickAnswers.Forgive();
            news = "the long-poll is held again";
        }

        if (_inFlight.BecomesOverdue(at))
        {
            news = "the long-poll is not answered";
        }

        AskIfDue(at);
        return news;
    }

    /// <summary>Lets something else go first; never beyond the longest delay after the failure.</summary>
    public void PutOff(TimeSpan until)
    {
        TimeSpan latest = _failedAt + LongestDelay;
        until = until < latest ? until : latest;
        Due = until > Due ? until : Due;
    }

    /// <summary>Asks before its time, unless the server asked to be left alone.</summary>
    public void BringForward(TimeSpan at)
    {
        if (Due != DownlinkMachine.Never)
        {
            Due = at > _notBefore ? at : _notBefore;
            AskIfDue(at);
        }
    }

    /// <summary>The poll was answered.</summary>
    /// <param name="at">When.</param>
    /// <param name="wake">Whether with a wake.</param>
    /// <param name="controlsCame">When a new control last came, by any route; <see langword="null"/> while none has.</param>
    public void Answered(TimeSpan at, bool wake, TimeSpan? controlsCame)
    {
        _failures = 0;
        IsFailing = false;
        _wasAnswered = true;
        _inFlight.End();
        _quickAnswers.Add(_inFlight.Asked, at, wake, controlsCame);
        int tooMany = _quickAnswers.TooMany;
        Due = tooMany <= 0 ? at : at + Backoff.Delay(retryDelay, LongestDelay, tooMany - 1, random());
        AskIfDue(at);
    }

    /// <summary>A sync has ended: where it shows that the quick answers were real, the next poll is asked at once.</summary>
    /// <param name="at">When.</param>
    /// <param name="begun">When the sync began.</param>
    /// <param name="controlsCame">When a new control last came, by any route; <see langword="null"/> while none has.</param>
    public void Synced(TimeSpan at, TimeSpan begun, TimeSpan? controlsCame)
    {
        if (_quickAnswers.Judge(begun, controlsCame) && !IsFailing)
        {
            BringForward(at);
        }

        AskIfDue(at);
    }

    /// <summary>The key was refused: asked again after the given time.</summary>
    public void Refused(TimeSpan at, TimeSpan delay)
    {
        Fail();
        Due = at + delay;
    }

    /// <summary>The poll failed.</summary>
    /// <param name="at">When.</param>
    /// <param name="retryAfter">How long the server asked to be left alone; zero when it did not.</param>
    public void Failed(TimeSpan at, TimeSpan retryAfter)
    {
        _failedAt = at;
        Fail();
        if (retryAfter > TimeSpan.Zero)
        {
            // "It outranks every delay of ours", over a stop too.
            _notBefore = at + Backoff.Asked(retryAfter, random());
            Due = _notBefore;
        }
        else
        {
            Due = at + Backoff.Delay(retryDelay, LongestDelay, _failures++, random());
        }
    }

    private void AskIfDue(TimeSpan at)
    {
        if (at >= Due)
        {
            Due = DownlinkMachine.Never;
            _quickAnswers.Asked();
            _inFlight.Begin(at, followsQuickAnswers: !IsFailing && IsPaused, isFirst: !IsFailing && !_wasAnswered);
        }
    }

    private void Fail()
    {
        IsFailing = true;
        _wasAnswered = false;
        _inFlight.End();
    }
}
