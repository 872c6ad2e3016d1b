using System.Collections.Concurrent;
using Unarr.Agents.Hub.Signals;
using Unarr.Pipelines.AspNetCore;
using Unarr.Pipelines.Signals;

namespace Unarr.Agents.Hub.Agents;

/// <summary>All agents that were here, and what they share: the heartbeat wheel and the holds of their polls.</summary>
internal sealed class AgentDirectory : IDisposable
{
    private readonly ConcurrentDictionary<string, Agent> _agents = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    // Of removed agents, by their ids.
    private readonly Dictionary<string, CallQueue> _leaving = new(StringComparer.Ordinal);
    private readonly PollHolds _holds;
    private readonly PollGaps _gaps;
    private volatile bool _stopped;

    public AgentDirectory(TimeSpan heartbeat, TimeSpan wakeHold, TimeProvider time)
    {
        Clock = new SteadyClock(time);
        _holds = new PollHolds(wakeHold, time);
        _gaps = new PollGaps(Clock);
        Heartbeats = new HeartbeatWheel(heartbeat, time);
    }

    /// <summary>The clock of what agents did when.</summary>
    public SteadyClock Clock { get; }

    public HeartbeatWheel Heartbeats { get; }

    /// <summary>Releases the streams' last events.</summary>
    public StreamReleases Releases { get; } = new();

    /// <summary>What is known of agents from before the start.</summary>
    public AgentMemory Memory { get; } = new();

    public ChangeSignal Changes { get; } = new();

    /// <summary>Is called when an agent can be reached now, or cannot any more; it must only queue what is to be done.</summary>
    public Action<Agent, bool>? ReachChanged { get; set; }

    /// <summary>Says whether somebody watches an agent that comes to this node.</summary>
    public Func<string, bool>? IsWatched { get; set; }

    /// <summary>Whether the hub is stopping: a stream that opens now is ended at once.</summary>
    public bool IsStopped => _stopped;

    /// <summary>All agents in the order of their ids.</summary>
    public IEnumerable<Agent> All => _agents.Values.OrderBy(agent => agent.Id, StringComparer.Ordinal);

    /// <summary>The agents of which the store may have something else than what is so now; each is among them once.</summary>
    public IEnumerable<Agent> TakeToBeKept()
    {
        foreach ((_, Agent agent) in _agents)
        {
            if (agent.TakeToBeKept())
            {
                yield return agent;
            }
        }
    }

    public Agent? Find(string id) => _agents.GetValueOrDefault(id);

    /// <summary>Is complete when every call about an agent has ended.</summary>
    public Task CallsEnded
    {
        get
        {
            lock (_gate)
            {
                return Task.WhenAll([.. _agents.Values.Select(agent => agent.CallsEnded), .. _leaving.Values.Select(calls => calls.Idle)]);
            }
        }
    }

    public Agent GetOrAdd(string id)
    {
        if (_agents.TryGetValue(id, out Agent? agent))
        {
            return agent;
        }

        lock (_gate)
        {
            return _agents.GetOrAdd(id, static (id, directory) => directory.Create(id), this);
        }
    }

    /// <summary>Ends what an agent has open and forgets what is known of it.</summary>
    public void Remove(string id)
    {
        Agent? agent;
        lock (_gate)
        {
            if (!_agents.TryRemove(id, out agent))
            {
                return;
            }

            // Whoever comes back at once is another one, of whom the application hears after what it hears of this one.
            agent.Forget();
            Keep(id, agent.CallsNotEnded);
        }

        agent.Disconnect();
        Changes.Raise();
    }

    /// <summary>The agent as it is now. Ages stay right when the wall clock is set: what is shown and what it is compared with move
    /// together.</summary>
    public AgentInfo InfoOf(Agent agent, int pending)
    {
        AgentInfo info = agent.ToInfo(pending);
        return Memory.Fill(
            info with { RoutesSince = ToWall(info.RoutesSince), LastSeen = ToWall(info.LastSeen), LastSync = ToWall(info.LastSync) });
    }

    /// <summary>Answers every poll, those to come included, and takes no new stream; streams that are open are ended by
    /// <see cref="EndStreams"/>.</summary>
    public void Close()
    {
        _stopped = true;
        _holds.Close();
    }

    /// <summary>Ends every stream.</summary>
    public void EndStreams()
    {
        foreach (Agent agent in _agents.Values)
        {
            agent.EndStream();
        }
    }

    public void Dispose()
    {
        Close();
        EndStreams();
        Heartbeats.Dispose();
        Releases.Dispose();
        _holds.Dispose();
        _gaps.Dispose();
        foreach (Agent agent in _agents.Values)
        {
            agent.Dispose();
        }
    }

    private Agent Create(string id)
    {
        _leaving.Remove(id, out CallQueue? calls);
        Agent agent = new(id, _holds, _gaps, Changes, Clock, calls) { ReachChanged = ReachChanged };
        if (IsWatched?.Invoke(id) == true)
        {
            agent.Watch(true);
        }

        return agent;
    }

    /// <summary>Keeps the calls about a removed agent until they have ended.</summary>
    private void Keep(string id, CallQueue? calls)
    {
        if (calls is not null)
        {
            _leaving[id] = calls;
            _ = LeaveAsync(id, calls);
        }
    }

    private async Task LeaveAsync(string id, CallQueue calls)
    {
        await calls.Idle.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        lock (_gate)
        {
            if (_leaving.GetValueOrDefault(id) == calls)
            {
                _leaving.Remove(id);
            }
        }
    }

    private DateTimeOffset? ToWall(DateTimeOffset? moment) => moment is { } known ? Clock.ToWall(known) : null;
}
