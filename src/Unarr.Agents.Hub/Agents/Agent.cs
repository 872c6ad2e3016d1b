using Unarr.Pipelines.Signals;


namespace Unarr.Agents.Hub.Agents;

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
    private readonly ReplacedStreams _replacedStreams;
    private AgentStream? _stream;
    private bool _wakeLatched;
    private bool _hasLooked;
    private long _wakes;
    private string? _lastOffered;
    private bool _watching;
    private AgentDescription _description = AgentDescription.None;
    private DateTimeOffset? _lastSeen;
    private DateTimeOffset? _lastSync;
    private long? _lastPollAnswer;
    private DateTimeOffset? _streamSince;
    private DateTimeOffset? _pollSince;

    public Agent(string id, PollHolds holds, ChangeSignal changes, TimeProvider time)
    {
        Id = id;
        _holds = holds;
        _changes = changes;
        _time = time;
        _replacedStreams = new ReplacedStreams(time);
    }

    public string Id { get; }

    /// <summary>Keeps what its stream and its syncs deliver in order.</summary>
    public DeliveryOrder Order { get; } = new();

    /// <summary>Lets the syncs that end controls by handing them out go one after the other; awaited, and never blocks a thread.</summary>
    public SemaphoreSlim HandOutTurn { get; } = new(1, 1);

    /// <summary>How often the agent was woken: taken before the store is read, it says what a sync answers.</summary>
    public long Wakes
    {
        get
        {
            lock (_gate)
            {
                return _wakes;
            }
        }
    }

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
    /// <returns>Whether there was an older one, and whether that happens so often that two agents seem to use one key.</returns>
    public (bool Replaced, bool LooksShared) Attach(AgentStream stream)
    {
        AgentStream? replaced;
        bool looksShared;
        lock (_gate)
        {
            replaced = _stream;
            looksShared = replaced is not null && _replacedStreams.Note();
            _stream = stream;
            Order.Open(stream.Cursor);
            _lastSeen = _streamSince = _time.GetUtcNow();
        }

        replaced?.End();
        _changes.Raise();
        return (replaced is not null, looksShared);
    }

    public void Detach(AgentStream stream)
    {
        Order.Close(stream.Cursor);
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

    /// <summary>Something was pushed: the open stream looks, if there is one, and the poll is woken.</summary>
    public void Pushed()
    {
        Look();
        Wake();
        _changes.Raise();
    }

    /// <summary>Makes the open stream look, if there is one.</summary>
    public void Look() => CurrentStream()?.Look();

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
            _wakes++;
            bool answered = false;
            foreach (HeldPoll poll in _polls)
            {
                answered |= poll.TryAnswer(PollAnswer.Wake);
            }

            _polls.Clear();
            _wakeLatched |= !answered;
        }
    }

    /// <summary>Whether nobody has looked yet what was pending for this agent when the control plane started; the caller looks.</summary>
    public bool TakeFirstLook()
    {
        lock (_gate)
        {
            bool isFirst = !_hasLooked;
            _hasLooked = true;
            return isFirst;
        }
    }

    /// <summary>The first look failed: somebody else has to look.</summary>
    public void GiveBackFirstLook()
    {
        lock (_gate)
        {
            _hasLooked = false;
        }
    }

    /// <summary>A sync was answered: what was latched before it read the store is answered too.</summary>
    /// <param name="wakes"><see cref="Wakes"/> from before the store was read.</param>
    /// <param name="lastLeftBehind">
    /// The last control of an answer that could not hold all that is pending. The next poll is woken for the rest, unless the answer before
    /// ended at the same control: the agent has no room, and what it was offered is no reason to wake it.
    /// </param>
    public void Offered(long wakes, string? lastLeftBehind)
    {
        bool isProgress;
        lock (_gate)
        {
            _hasLooked = true;
            _wakeLatched &= _wakes != wakes;
            isProgress = lastLeftBehind is not null && lastLeftBehind != _lastOffered;
            _lastOffered = lastLeftBehind;
        }

        if (isProgress)
        {
            Wake();
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
            _pollSince = IsPolling() ? _pollSince : now;
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
            _lastPollAnswer = agentIsGone ? _lastPollAnswer : _time.GetTimestamp();
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
            bool polling = IsPolling();
            AgentRoute route = (_stream is null ? AgentRoute.None : AgentRoute.Sse) | (polling ? AgentRoute.Poll : AgentRoute.None);
            return new AgentStatus(
                Id, route, _streamSince ?? (polling ? _pollSince : null), _lastSeen, _lastSync, _watching, _description);
        }
    }

    /// <summary>Ends the stream, if one is open: the control plane stops, or recycles it.</summary>
    public void EndStream() => CurrentStream()?.Stop();

    public void Dispose() => HandOutTurn.Dispose();

    private bool IsPolling() => _polls.Count > 0 || (_lastPollAnswer is { } last && _time.GetElapsedTime(last) < PollGap);

    private AgentStream? CurrentStream()
    {
        lock (_gate)
        {
            return _stream;
        }
    }
}
