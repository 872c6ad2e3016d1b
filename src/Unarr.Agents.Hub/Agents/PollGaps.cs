namespace Unarr.Agents.Hub.Agents;

/// <summary>Looks at each agent again when a poll of it has been answered for some time: one timer for all agents.</summary>
internal sealed class PollGaps : IDisposable
{
    /// <summary>How long after an answer an agent is taken to be polling still.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(5);

    // Every gap is equally long, so the one that began first is over first.
    private readonly Queue<(Agent Agent, long Start)> _gaps = new();
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private bool _isArmed;

    public PollGaps(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(
            static state => ((PollGaps)state!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A poll of the agent was answered now.</summary>
    public void Add(Agent agent)
    {
        lock (_gate)
        {
            _gaps.Enqueue((agent, _time.GetTimestamp()));
            if (!_isArmed)
            {
                Arm(Length);
            }
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        List<Agent> over = [];
        lock (_gate)
        {
            _isArmed = false;
            long now = _time.GetTimestamp();
            while (_gaps.TryPeek(out (Agent Agent, long Start) gap) && !_isArmed)
            {
                TimeSpan left = Length - _time.GetElapsedTime(gap.Start, now);
                if (left > TimeSpan.Zero)
                {
                    Arm(left);
                }
                else
                {
                    over.Add(_gaps.Dequeue().Agent);
                }
            }
        }

        if (over.Count > 0)
        {
            // A clock may call its timers in the middle of any call of it: an agent's lock is not taken there.
            ThreadPool.UnsafeQueueUserWorkItem(
                static agents => agents.ForEach(static agent => agent.LookAtPolls()), over, preferLocal: false);
        }
    }

    private void Arm(TimeSpan wait)
    {
        _isArmed = true;
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }
}
