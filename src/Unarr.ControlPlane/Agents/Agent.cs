namespace Unarr.ControlPlane.Agents;

/// <summary>One agent: its open stream, its held polls, the wake between two of them, and what it told last.</summary>
internal sealed class Agent : IDisposable
{
    // A poll whose connection died unnoticed is held on until its time is over, so there may be more than one.
    private const int MaxPolls = 8;

    // Between an answer and the next poll an agent is polling all the same.
    private static readonly TimeSpan PollGap = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly List<HeldPoll> _polls = [];
    private readonly TimeProvider _time;
    private readonly PollHolds _holds;
    private readonly ChangeSignal _changes;
    private AgentStream? _stream;
    private bool _wakeLatched;
    private bool _watching;
    private AgentDescription _description = AgentDescription.None;
    private DateTimeOffset? _lastSeen;
    private DateTimeOffset? _lastSync;
    private DateTimeOffset? _lastPollAnswer;
    private DateTimeOffset? _streamSince;
    private DateTimeOffset? _pollSince;

    public Agent(string id, PollHolds holds, ChangeSignal changes, TimeProvider time)
    {
        Id = id;
        _holds = holds;
        _changes = changes;
        _time = time;
    }

    public string Id { get; }

    /// <summary>Lets pushes to this agent go one after the other; awaited, and never blocks a thread.</summary>
    public SemaphoreSlim PushTurn { get; } = new(1, 1);

    public bool Watching
    {
        get
        {
            lock (_gate)
            {
                return _watching;
            }
        }
    }

    /// <summary>Takes a new stream; "a newer stream of the same agent replaces the older one, which is ended".</summary>
    /// <returns>Whether there was an older one.</returns>
    public bool Attach(AgentStream stream)
    {
        AgentStream? replaced;
        lock (_gate)
        {
            replaced = _stream;
            _stream = stream;
            _lastSeen = _streamSince = _time.GetUtcNow();
        }

        replaced?.End();
        _changes.Raise();
        return replaced is not null;
    }

    public void Detach(AgentStream stream)
    {
        lock (_gate)
        {
            if (_stream == stream)
            {
                _stream = null;
                _streamSince = null;
            }
        }

        _changes.Raise();
    }

    /// <summary>Sends controls on the open stream, if there is one, and wakes the poll.</summary>
    public void Send(ControlAction[] controls)
    {
        CurrentStream()?.Send(controls);
        Wake();
        _changes.Raise();
    }

    /// <summary>Asks the agent for a sync over every route.</summary>
    public void Nudge(string reason)
    {
        CurrentStream()?.Nudge(reason);
        Wake();
    }

    /// <summary>Answers the held polls; when there is none the wake is latched and answers the next one.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            bool answered = false;
            foreach (HeldPoll poll in _polls)
            {
                answered |= poll.TryAnswer(PollAnswer.Wake);
            }

            _polls.Clear();
            _wakeLatched |= !answered;
        }
    }

    /// <summary>Holds a poll, or answers it with the latched wake at once.</summary>
    /// <returns><see langword="null"/> when the agent has more polls open than any agent needs.</returns>
    public HeldPoll? TryHold()
    {
        HeldPoll poll;
        lock (_gate)
        {
            if (_polls.Count == MaxPolls)
            {
                return null;
            }

            DateTimeOffset now = _time.GetUtcNow();
            _pollSince = IsPolling(now) ? _pollSince : now;
            _lastSeen = now;
            poll = _holds.Add();
            if (_wakeLatched && poll.TryAnswer(PollAnswer.Wake))
            {
                _wakeLatched = false;
            }
            else
            {
                _polls.Add(poll);
            }
        }

        _changes.Raise();
        return poll;
    }

    /// <summary>Forgets a poll that has its answer. A wake that an agent did not live to see is latched again.</summary>
    public void Release(HeldPoll poll, PollAnswer answer, bool agentIsGone)
    {
        _holds.Remove(poll);
        lock (_gate)
        {
            _polls.Remove(poll);
            _lastPollAnswer = agentIsGone ? _lastPollAnswer : _time.GetUtcNow();
        }

        if (agentIsGone && answer == PollAnswer.Wake)
        {
            Wake();
        }

        _changes.Raise();
    }

    /// <summary>Notes what a sync told.</summary>
    /// <returns>Whether it tells anything new of who the agent is.</returns>
    public bool Synced(AgentDescription description)
    {
        bool isNew;
        lock (_gate)
        {
            isNew = _description.AgentId != description.AgentId;
            _description = description;
            _lastSeen = _lastSync = _time.GetUtcNow();
        }

        _changes.Raise();
        return isNew;
    }

    /// <summary>Sets what syncs answer as <c>watching</c>; turning it on asks for a sync, so that the agent knows at once.</summary>
    public void Watch(bool watching)
    {
        bool turnedOn;
        lock (_gate)
        {
            turnedOn = watching && !_watching;
            _watching = watching;
        }

        if (turnedOn)
        {
            Nudge("watching");
        }

        _changes.Raise();
    }

    public AgentStatus Status()
    {
        lock (_gate)
        {
            bool polling = IsPolling(_time.GetUtcNow());
            AgentRoute route = (_stream is null ? AgentRoute.None : AgentRoute.Sse) | (polling ? AgentRoute.Poll : AgentRoute.None);
            return new AgentStatus(
                Id, route, _streamSince ?? (polling ? _pollSince : null), _lastSeen, _lastSync, _watching, _description);
        }
    }

    /// <summary>Ends the stream, if one is open: the control plane stops, or recycles it.</summary>
    public void EndStream() => CurrentStream()?.Stop();

    public void Dispose() => PushTurn.Dispose();

    private bool IsPolling(DateTimeOffset now) => _polls.Count > 0 || (_lastPollAnswer is { } last && now - last < PollGap);

    private AgentStream? CurrentStream()
    {
        lock (_gate)
        {
            return _stream;
        }
    }
}
