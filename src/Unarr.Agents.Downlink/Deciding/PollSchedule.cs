using Unarr.Pipelines.Pacing;






namespace Unarr.Agents.Downlink.Deciding;

/// <summary>When the long-poll is asked again: at once after an answer, with growing delays after failures and after a cache's
/// answers.</summary>
/// <remarks>
/// "One answered at once, again and again, is a cache's and asked with growing delays, unless its wakes are real: a new control came by
/// any route between the poll's start and the end of the next sync."
/// </remarks>
internal sealed class PollSchedule(TimeSpan retryDelay, Func<double> random)
{
    private const int QuickAnswersInARow = 3;

    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(1);

    /// <summary>"Held open up to 28 s": a poll that is unanswered for longer than this shows that nothing may come of it.</summary>
    private static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(30);

    private TimeSpan _asked;
    private TimeSpan _notBefore;
    private TimeSpan _failedAt;
    private int _failures;
    private int _quickAnswers;

    // Of the quick answers in a row that were wakes: when the first was asked for, and when the last came that no sync has judged yet.
    private TimeSpan? _wakesAskedFrom;
    private TimeSpan? _unjudged;

    private bool _wasAnswered;
    private bool _isOverdue;

    /// <summary>When to ask again; never while a poll is in flight or none is wanted.</summary>
    public TimeSpan Due { get; private set; } = DownlinkMachine.Never;

    /// <summary>Whether the last answer was a failure, so that the long-poll covers nothing.</summary>
    public bool IsFailing { get; private set; }

    /// <summary>Whether a push would be answered at once: the last answer was no failure, the poll is not paused between answers that came
    /// too quickly, and the first one is not unanswered for longer than a server holds it.</summary>
    public bool IsCovering => !IsFailing && !_isOverdue && (_quickAnswers <= QuickAnswersInARow || _unjudged is not null);

    /// <summary>Whether its answers are taken for a cache's.</summary>
    public bool IsPaused => _quickAnswers > QuickAnswersInARow && _unjudged is null;

    /// <summary>When a poll that follows too quick answers is held at last; never as a rule.</summary>
    public TimeSpan HeldDue { get; private set; } = DownlinkMachine.Never;

    /// <summary>When a poll is unanswered for too long; never when one was answered before on this path.</summary>
    public TimeSpan OverdueDue { get; private set; } = DownlinkMachine.Never;

    /// <summary>The long-poll is wanted: asked at once, unless the server asked to be left alone.</summary>
    public void Wanted(TimeSpan at)
    {
        Due = at > _notBefore ? at : _notBefore;
        IsFailing = Due > at;
    }

    public void Asked(TimeSpan at)
    {
        _asked = at;
        Due = DownlinkMachine.Never;
        _unjudged = _quickAnswers > QuickAnswersInARow ? null : _unjudged;
        HeldDue = IsFailing || IsCovering ? DownlinkMachine.Never : at + Quick;
        OverdueDue = IsFailing || _wasAnswered ? DownlinkMachine.Never : at + LongestHold;
    }

    /// <summary>The poll in flight was not answered too quickly.</summary>
    public void Held()
    {
        Forgive();
        HeldDue = DownlinkMachine.Never;
    }

    /// <summary>The poll in flight is unanswered for longer than any server holds it.</summary>
    public void Overdue()
    {
        _isOverdue = true;
        OverdueDue = DownlinkMachine.Never;
    }

    /// <summary>Lets something else go first; never beyond the longest delay after the failure.</summary>
    public void PutOff(TimeSpan until)
    {
        TimeSpan latest = _failedAt + LongestDelay;
        until = until < latest ? until : latest;
        Due = until > Due ? until : Due;
    }

    /// <summary>Goes before its time, unless the server asked to be left alone.</summary>
    public void BringForward(TimeSpan at)
    {
        if (Due != DownlinkMachine.Never)
        {
            Due = at > _notBefore ? at : _notBefore;
        }
    }

    public void Stopped()
    {
        Due = DownlinkMachine.Never;
        Settle();
        Forgive();
        _failures = 0;
        IsFailing = false;
        _wasAnswered = false;
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
        Settle();
        if (at - _asked >= Quick)
        {
            Forgive();
        }
        else
        {
            _quickAnswers++;
            if (wake)
            {
                _wakesAskedFrom ??= _asked;
                _unjudged = at;
            }

            ForgiveIfReal(controlsCame);
        }

        int tooQuick = _quickAnswers - QuickAnswersInARow;
        Due = tooQuick <= 0 ? at : at + Backoff.Delay(retryDelay, LongestDelay, tooQuick - 1, random());
    }

    /// <summary>A sync has ended: wakes since which a control came were real, those before it since which none did were not.</summary>
    /// <param name="at">When.</param>
    /// <param name="begun">When the sync began.</param>
    /// <param name="controlsCame">As told with an answer.</param>
    public void Synced(TimeSpan at, TimeSpan begun, TimeSpan? controlsCame)
    {
        if (ForgiveIfReal(controlsCame))
        {
            if (!IsFailing)
            {
                BringForward(at);
            }
        }
        else if (begun >= _unjudged)
        {
            _unjudged = null;
        }
    }

    /// <summary>The key was refused: asked again after the given time.</summary>
    public void Refused(TimeSpan at, TimeSpan delay)
    {
        IsFailing = true;
        _wasAnswered = false;
        Settle();
        Due = at + delay;
    }

    /// <summary>"A long-poll that was held for 5 s or more and then cut is an answer 'no wake': ask again at once."</summary>
    /// <returns>Whether it was such an answer.</returns>
    public bool Failed(in DownlinkInput input)
    {
        _failedAt = input.At;
        if (input.Failure == PollFailure.Cut)
        {
            Answered(input.At, wake: false, input.ControlsCame);
            return true;
        }

        IsFailing = true;
        _wasAnswered = false;
        Settle();
        if (input.RetryAfter > TimeSpan.Zero)
        {
            // "It outranks every delay of ours", over a stop too.
            _notBefore = input.At + Backoff.Asked(input.RetryAfter, random());
            Due = _notBefore;
        }
        else
        {
            Due = input.At + Backoff.Delay(retryDelay, LongestDelay, _failures++, random());
        }

        return false;
    }

    /// <summary>No poll is in flight.</summary>
    private void Settle()
    {
        HeldDue = DownlinkMachine.Never;
        OverdueDue = DownlinkMachine.Never;
        _isOverdue = false;
    }

    private bool ForgiveIfReal(TimeSpan? controlsCame)
    {
        bool isReal = _wakesAskedFrom is { } from && controlsCame >= from;
        if (isReal)
        {
            Forgive();
        }

        return isReal;
    }

    private void Forgive()
    {
        _quickAnswers = 0;
        _wakesAskedFrom = null;
        _unjudged = null;
    }
}
