namespace Unarr.Agents.Hub.Agents;

/// <summary>One long-poll that waits for its answer; the first answer counts.</summary>
internal sealed class HeldPoll
{
    private readonly TaskCompletionSource<PollAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public HeldPoll(long deadline)
    {
        Deadline = deadline;
        Node = new LinkedListNode<HeldPoll>(this);
    }

    /// <summary>Until when it is held, as a timestamp of the host's <see cref="TimeProvider"/>.</summary>
    public long Deadline { get; }

    /// <summary>Its place among all held polls; guarded by <see cref="PollHolds"/>.</summary>
    public LinkedListNode<HeldPoll> Node { get; }

    public Task<PollAnswer> Answer => _answer.Task;

    public bool TryAnswer(PollAnswer answer) => _answer.TrySetResult(answer);
}
