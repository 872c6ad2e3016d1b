namespace Unarr.Agents.Hub.Agents;

/// <summary>The deadlines of all held polls: one timer, armed for the earliest.</summary>
internal sealed class PollHolds : IDisposable
{
    // Every poll is held equally long, so the one that came first is due first and a list is a queue.
    private readonly LinkedList<HeldPoll> _polls = new();
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _hold;
    private readonly TimeSpan _granularity;
    private readonly ITimer _timer;
    private bool _closed;

    public PollHolds(TimeSpan hold, TimeProvider time)
    {
        _time = time;
        _hold = hold;

        // Polls due this shortly after one another are answered together: "held up to", never longer.
        _granularity = TimeSpan.FromMilliseconds(Math.Min(100, hold.TotalMilliseconds / 100));
        _timer = time.CreateTimer(
            static state => ((PollHolds)state!).AnswerDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public HeldPoll Add()
    {
        HeldPoll poll = new(_time.GetTimestamp() + (long)(_hold.TotalSeconds * _time.TimestampFrequency));
        lock (_gate)
        {
            if (_closed)
            {
                poll.TryAnswer(PollAnswer.Nothing);
                return poll;
            }

            _polls.AddLast(poll.Node);
            if (_polls.First == poll.Node)
            {
                _timer.Change(_hold, Timeout.InfiniteTimeSpan);
            }
        }

        return poll;
    }

    public void Remove(HeldPoll poll)
    {
        lock (_gate)
        {
            if (poll.Node.List is not null)
            {
                // The timer stays as it is: it finds nothing due and arms itself for the next.
                _polls.Remove(poll.Node);
            }
        }
    }

    /// <summary>Answers every poll, and every one to come: the control plane stops.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            while (_polls.First is { } first)
            {
                _polls.RemoveFirst();
                first.Value.TryAnswer(PollAnswer.Nothing);
            }
        }
    }

    public void Dispose()
    {
        Close();
        _timer.Dispose();
    }

    private void AnswerDue()
    {
        lock (_gate)
        {
            long now = _time.GetTimestamp();
            while (_polls.First is { } first)
            {
                TimeSpan left = _time.GetElapsedTime(now, first.Value.Deadline);
                if (left > _granularity)
                {
                    _timer.Change(left, Timeout.InfiniteTimeSpan);
                    return;
                }

                _polls.RemoveFirst();
                first.Value.TryAnswer(PollAnswer.Nothing);
            }
        }
    }
}
