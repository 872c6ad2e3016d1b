namespace Unarr.Pipelines.Downlink;

/// <summary>When the long-poll is asked again: at once after an answer, with growing delays after failures.</summary>
internal sealed class PollSchedule(TimeSpan retryDelay, Func<double> random)
{
    private const int QuickAnswersInARow = 3;

    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(1);

    private TimeSpan _asked;
    private TimeSpan _notBefore;
    private int _failures;
    private int _quickAnswers;

    /// <summary>When to ask again; never while a poll is in flight or none is wanted.</summary>
    public TimeSpan Due { get; private set; } = DownlinkMachine.Never;

    /// <summary>Whether the last answer was a failure, so that the long-poll covers nothing.</summary>
    public bool IsFailing { get; private set; }

    /// <summary>Whether a push would be answered at once: the last answer was no failure, and the poll is not paused between answers that
    /// came too quickly.</summary>
    public bool IsCovering => !IsFailing && _quickAnswers <= QuickAnswersInARow;

    /// <summary>When a poll that follows too quick answers is held at last; never as a rule.</summary>
    public TimeSpan HeldDue { get; private set; } = DownlinkMachine.Never;

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
        HeldDue = IsFailing || IsCovering ? DownlinkMachine.Never : at + Quick;
    }

    /// <summary>The poll in flight was not answered too quickly.</summary>
    public void Held()
    {
        _quickAnswers = 0;
        HeldDue = DownlinkMachine.Never;
    }

    /// <summary>Lets something else go first; never beyond the longest delay after the failure.</summary>
    public void PutOff(TimeSpan failed, TimeSpan until)
    {
        TimeSpan latest = failed + LongestDelay;
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
        HeldDue = DownlinkMachine.Never;
        _failures = 0;
        _quickAnswers = 0;
        IsFailing = false;
    }

    public void Answered(TimeSpan at, bool wake)
    {
        _failures = 0;
        IsFailing = false;
        HeldDue = DownlinkMachine.Never;
        // A cache or a broken server that answers at once must not be asked in a tight loop; wakes in a row may be real.
        _quickAnswers = at - _asked < Quick ? _quickAnswers + 1 : 0;
        int tooQuick = _quickAnswers - QuickAnswersInARow;
        Due = tooQuick <= 0 ? at : at + (wake ? Quick : Backoff.Delay(retryDelay, LongestDelay, tooQuick - 1, random()));
    }

    /// <summary>The key was refused: asked again after the given time.</summary>
    public void Refused(TimeSpan at, TimeSpan delay)
    {
        IsFailing = true;
        HeldDue = DownlinkMachine.Never;
        Due = at + delay;
    }

    /// <summary>"A long-poll that was held for 5 s or more and then cut is an answer 'no wake': ask again at once."</summary>
    /// <returns>Whether it was such an answer.</returns>
    public bool Failed(in DownlinkInput input)
    {
        if (input.Failure == PollFailure.Cut)
        {
            Answered(input.At, wake: false);
            return true;
        }

        IsFailing = true;
        HeldDue = DownlinkMachine.Never;
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
}
