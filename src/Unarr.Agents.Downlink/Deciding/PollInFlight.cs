namespace Unarr.Agents.Downlink.Deciding;

/// <summary>What the poll in flight shows for as long as it is unanswered.</summary>
internal sealed class PollInFlight
{
    /// <summary>"Held open up to 28 s": a poll that is unanswered for longer than this shows that nothing may come of it.</summary>
    private static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(30);

    private TimeSpan _heldDue = DownlinkMachine.Never;
    private TimeSpan _overdueDue = DownlinkMachine.Never;

    /// <summary>When it was asked.</summary>
    public TimeSpan Asked { get; private set; }

    /// <summary>Whether it is unanswered for longer than a server holds it.</summary>
    public bool IsOverdue { get; private set; }

    /// <summary>When it shows something; never as a rule.</summary>
    public TimeSpan Due => _heldDue < _overdueDue ? _heldDue : _overdueDue;

    /// <summary>A poll is asked.</summary>
    /// <param name="at">When.</param>
    /// <param name="followsQuickAnswers">Whether it shows something when it is held.</param>
    /// <param name="isFirst">Whether none was answered before it on this path, so that it shows something when it is not answered.</param>
    public void Begin(TimeSpan at, bool followsQuickAnswers, bool isFirst)
    {
        Asked = at;
        _heldDue = followsQuickAnswers ? at + QuickAnswers.Quick : DownlinkMachine.Never;
        _overdueDue = isFirst ? at + LongestHold : DownlinkMachine.Never;
    }

    /// <summary>No poll is in flight.</summary>
    public void End()
    {
        _heldDue = DownlinkMachine.Never;
        _overdueDue = DownlinkMachine.Never;
        IsOverdue = false;
    }

    /// <summary>Returns whether it is held at last, once.</summary>
    public bool BecomesHeld(TimeSpan at)
    {
        bool isHeld = at >= _heldDue;
        _heldDue = isHeld ? DownlinkMachine.Never : _heldDue;
        return isHeld;
    }

    /// <summary>Returns whether it is overdue, once.</summary>
    public bool BecomesOverdue(TimeSpan at)
    {
        bool isOverdue = at >= _overdueDue;
        _overdueDue = isOverdue ? DownlinkMachine.Never : _overdueDue;
        IsOverdue |= isOverdue;
        return isOverdue;
    }
}
