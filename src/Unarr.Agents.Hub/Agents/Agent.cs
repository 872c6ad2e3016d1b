using Unarr.Agents.Protocol;
using Unarr.Pipelines.Signals;

namespace Unarr.Agents.Hub.Agents;

/// <summary>One agent: its open stream, its held polls, the wake between two of them, and what it told last.</summary>
internal sealed class Agent : IDisposable
{
    // A poll whose connection died unnoticed is held on until its time is over, so there may be more than one.
    private const int MaxPolls = 8;

    private readonly Lock _gate = new();
    private readonly List<HeldPoll> _polls = [];
    private readonly TimeProvider _time;
    private readonly PollHolds _holds;
    private readonly PollGaps _gaps;
    private readonly ChangeSignal _changes;
    private ReplacedStreams? _replacedStreams;
    private SemaphoreSlim? _handOutTurn;
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
    private CancellationTokenSource? _session;
    private CallQueue? _calls;
    private bool _isReachable;
    private bool _isForgotten;
    private volatile bool _hasBeenHere;
    private int _isToBeKept;

    /// <param name="id">Its id.</param>
    /// <param name="holds">The deadlines of all agents' polls.</param>
    /// <param name="gaps">The times between all agents' polls.</param>
    /// <param name="changes">Is raised at each change of what is shown of it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="calls">The calls about a removed agent of this id that have not ended; <see langword="null"/> for none.</param>
    public Agent(string id, PollHolds holds, PollGaps gaps, ChangeSignal changes, TimeProvider time, CallQueue? calls = null)
    {
        _calls = calls;
        Id = id;
        _holds = holds;
        _gaps = gaps;
        _changes = changes;
        _time = time;
    }

    public string Id { get; }

    /// <summary>Keeps what its stream and its syncs deliver in order.</summary>
    public DeliveryOrder Order { get; } = new();

    /// <summary>Lets the syncs that end controls by handing them out go one after the other; awaited, and never blocks a thread.</summary>
    public SemaphoreSlim HandOutTurn
    {
        get
        {
            lock (_gate)
            {
                return _handOutTurn ??= new SemaphoreSlim(1, 1);
            }
        }
    }

    /// <summary>The application's calls about this agent, one after the other.</summary>
    public CallQueue Calls
    {
        get
        {
            lock (_gate)
            {
                return _calls ??= new CallQueue();
            }
        }
    }

    /// <summary>Is complete when every call about this agent has ended.</summary>
    public Task CallsEnded => CallsNotEnded?.Idle ?? Task.CompletedTask;

    /// <summary>Its calls, where some have not ended.</summary>
    public CallQueue? CallsNotEnded
    {
        get
        {
            lock (_gate)
            {
                return _calls is { Idle.IsCompleted: false } ? _calls : null;
            }
        }
    }

    /// <summary>Is called when the agent can be reached now, or cannot any more; it must only queue what is to be done.</summary>
    public Action<Agent, bool>? ReachChanged { get; set; }

    /// <summary>What is opened or begun now ends when it is cancelled; see <see cref="Disconnect"/>.</summary>
    public CancellationToken Session
    {
        get
        {
            lock (_gate)
            {
                return _isForgotten ? new CancellationToken(canceled: true) : (_session ??= new CancellationTokenSource()).Token;
            }
        }
    }

    /// <summary>Whether the agent itself has made a request, and is not merely one that the application has named.</summary>
    public bool HasBeenHere => _hasBeenHere;

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
            looksShared = replaced is not null && (_replacedStreams ??= new ReplacedStreams(_time)).Note();
            _stream = stream;
            Order.Open(stream.Cursor);
            _lastSeen = _streamSince = _time.GetUtcNow();
        }

        replaced?.End();
        Changed();
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

        Changed();
    }

    /// <summary>Something was pushed: the open stream looks, if there is one, and the poll is woken.</summary>
    /// <param name="ackWithin">Over how many milliseconds the agents of this push are to spread what they acknowledge; 0 for a push to
    /// few.</param>
    public void Pushed(int ackWithin)
    {
        CurrentStream()?.Look(ackWithin);
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

        Changed();
        return poll;
    }

    /// <summary>Forgets a poll that has its answer. A wake that an agent did not live to see is latched again.</summary>
    public void Release(HeldPoll poll, PollAnswer answer, bool agentIsGone)
    {
        _holds.Remove(poll);
        lock (_gate)
        {
            _polls.Remove(poll);
            if (!agentIsGone)
            {
                _lastPollAnswer = _time.GetTimestamp();
            }
        }

        if (!agentIsGone)
        {
            _gaps.Add(this);
        }

        if (agentIsGone && answer == PollAnswer.Wake)
        {
            Wake();
        }

        Changed();
    }

    /// <summary>The agent may not be polling any more: some time has passed since a poll was answered.</summary>
    public void LookAtPolls()
    {
        bool isOver;
        lock (_gate)
        {
            isOver = !IsPolling();
        }

        if (isOver)
        {
            Changed();
        }
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

        ToBeKept();
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

    /// <summary>The agent makes a request.</summary>
    public void Came() => _hasBeenHere = true;

    /// <summary>The agent is forgotten: whatever is still to be begun with this object ends, and the agent comes back as another one.
    /// <see cref="Disconnect"/> follows.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _isForgotten = true;
            Reach(isReachable: false);
        }
    }

    /// <summary>Ends at once what the agent has open, and what is begun with an older <see cref="Session"/>.</summary>
    public void Disconnect()
    {
        CancellationTokenSource? ended;
        lock (_gate)
        {
            (ended, _session) = (_session, null);
        }

        // It has no timer and nobody links to it: there is nothing to dispose of.
        ended?.Cancel();
    }

    /// <summary>The agent as it is now; moments are those of the clock that it was made with.</summary>
    public AgentInfo ToInfo(int pending)
    {
        lock (_gate)
        {
            bool polling = IsPolling();
            return new AgentInfo
            {
                Id = Id,
                ReportedId = _description.AgentId,
                Name = _description.Name,
                Version = _description.Version,
                Os = _description.Os,
                Arch = _description.Arch,
                TaskCount = _description.Tasks,
                Routes = (_stream is null ? DownlinkRoutes.None : DownlinkRoutes.Stream)
                    | (polling ? DownlinkRoutes.LongPoll : DownlinkRoutes.None),
                RoutesSince = _streamSince ?? (polling ? _pollSince : null),
                LastSeen = _lastSeen,
                LastSync = _lastSync,
                IsWatched = _watching,
                PendingCount = pending,
            };
        }
    }

    /// <summary>What the store keeps of it may be another now than when this was asked last.</summary>
    public bool TakeToBeKept() => Interlocked.Exchange(ref _isToBeKept, 0) != 0;

    /// <summary>What the store keeps of it may be out of date.</summary>
    public void ToBeKept() => Volatile.Write(ref _isToBeKept, 1);

    /// <summary>Sends an event of the application, where a stream is open that has room for it.</summary>
    public bool TrySend(StreamEvent streamEvent) => CurrentStream()?.TrySend(streamEvent) == true;

    /// <summary>Ends the stream, if one is open: the control plane stops, or recycles it.</summary>
    public void EndStream() => CurrentStream()?.Stop();

    public void Dispose() => _handOutTurn?.Dispose();

    // Between an answer and the next poll an agent is polling all the same.
    private bool IsPolling() => _polls.Count > 0 || (_lastPollAnswer is { } last && _time.GetElapsedTime(last) < PollGaps.Length);

    private void Changed()
    {
        lock (_gate)
        {
            Reach(!_isForgotten && (_stream is not null || IsPolling()));
        }

        ToBeKept();
        _changes.Raise();
    }

    /// <summary>Notes whether the agent can be reached; the caller holds the lock.</summary>
    private void Reach(bool isReachable)
    {
        if (isReachable != _isReachable)
        {
            _isReachable = isReachable;

            // Queued while the state is known: two changes at once are reported in their order.
            ReachChanged?.Invoke(this, isReachable);
        }
    }

    private AgentStream? CurrentStream()
    {
        lock (_gate)
        {
            return _stream;
        }
    }
}
