namespace Unarr.Agents.Hub.Controls;

/// <summary>Knows when the next control of each agent expires: one timer for all agents, one entry for each.</summary>
internal sealed class ExpiryTimes : IDisposable
{
    // The wall clock may be set: it is looked at again after this time at the latest.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, DateTimeOffset> _next = new(StringComparer.Ordinal);
    private readonly PriorityQueue<string, DateTimeOffset> _queue = new();
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private DateTimeOffset? _armedFor;
    private bool _disposed;

    public ExpiryTimes(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(
            static state => ((ExpiryTimes)state!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Is called with each agent of which a control may have expired; may come from any thread and must not throw.</summary>
    public Action<string>? Due { get; set; }

    /// <summary>Notes when a control of an agent expires.</summary>
    public void Note(string agentId, DateTimeOffset at)
    {
        lock (_gate)
        {
            if (!_next.TryGetValue(agentId, out DateTimeOffset known) || at < known)
            {
                _next[agentId] = at;
                _queue.Enqueue(agentId, at);
                Arm();
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
        }

        _timer.Dispose();
    }

    private void Look()
    {
        List<string> due = [];
        lock (_gate)
        {
            _armedFor = null;
            DateTimeOffset now = _time.GetUtcNow();
            while (_queue.TryPeek(out string? agentId, out DateTimeOffset at) && at <= now)
            {
                _queue.Dequeue();
                if (_next.TryGetValue(agentId, out DateTimeOffset next) && next == at)
                {
                    _next.Remove(agentId);
                    due.Add(agentId);
                }
            }

            Arm();
        }

        due.ForEach(agentId => Due?.Invoke(agentId));
    }

    private void Arm()
    {
        if (_disposed || !_queue.TryPeek(out _, out DateTimeOffset at) || _armedFor <= at)
        {
            return;
        }

        _armedFor = at;
        TimeSpan wait = at - _time.GetUtcNow();
        _timer.Change(wait <= TimeSpan.Zero ? TimeSpan.Zero : wait < LongestWait ? wait : LongestWait, Timeout.InfiniteTimeSpan);
    }
}
