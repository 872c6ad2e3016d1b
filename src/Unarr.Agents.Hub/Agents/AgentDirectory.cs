using Unarr.Agents.Hub.Signals;
using Unarr.Pipelines.AspNetCore;
using Unarr.Pipelines.Signals;


namespace Unarr.Agents.Hub.Agents;

/// <summary>All agents that have a key, and what they share: the heartbeat wheel and the holds of their polls.</summary>
internal sealed class AgentDirectory : IDisposable
{
    private readonly Lock _gate = new();
    private readonly PollHolds _holds;
    private volatile AgentRoster _roster = AgentRoster.Empty;
    private volatile bool _stopped;

    public AgentDirectory(IAgentKeys keys, TimeSpan heartbeat, TimeSpan wakeHold, TimeProvider time)
    {
        Clock = new SteadyClock(time);
        _holds = new PollHolds(wakeHold, time);
        Heartbeats = new HeartbeatWheel(heartbeat, time);
        UseKeys(keys);
    }

    /// <summary>The clock of what agents did when.</summary>
    public SteadyClock Clock { get; }

    public HeartbeatWheel Heartbeats { get; }

    public ChangeSignal Changes { get; } = new();

    /// <summary>Whether the control plane is stopping: a stream that opens now is ended at once.</summary>
    public bool IsStopped => _stopped;

    public IEnumerable<Agent> All => _roster.Passes.Values.Select(pass => pass.Agent).OrderBy(agent => agent.Id, StringComparer.Ordinal);

    public Agent? Find(string id) => _roster.Passes.GetValueOrDefault(id)?.Agent;

    /// <summary>What a key lets its holder do, or <see langword="null"/> when it is nobody's.</summary>
    public AgentPass? Admit(string key)
    {
        AgentRoster roster = _roster;
        return roster.Keys?.FindAgent(key) is { } id ? roster.Passes[id] : null;
    }

    /// <summary>Replaces the keys: from one moment on the new ones count and the old ones do not.</summary>
    /// <remarks>What was opened with a key that is replaced or removed ends. An agent whose key stays keeps what it has open.</remarks>
    public void UseKeys(IAgentKeys keys)
    {
        AgentPass[] ended;
        lock (_gate)
        {
            AgentRoster old = _roster;
            Dictionary<string, AgentPass> passes = new(StringComparer.Ordinal);
            foreach (string id in keys.AgentIds)
            {
                AgentPass? known = old.Passes.GetValueOrDefault(id);
                passes[id] = known is not null && old.Keys is { } oldKeys && keys.HasSameAgent(oldKeys, id)
                    ? known
                    : new AgentPass(known?.Agent ?? new Agent(id, _holds, Changes, Clock));
            }

            _roster = new AgentRoster(keys, passes);
            ended = [.. old.Passes.Where(pass => passes.GetValueOrDefault(pass.Key) != pass.Value).Select(pass => pass.Value)];
        }

        // Only now: what comes back at once already meets the new keys.
        foreach (AgentPass pass in ended)
        {
            pass.End();
        }

        Changes.Raise();
    }

    /// <summary>Ends every stream and answers every poll, those to come included.</summary>
    public void Stop()
    {
        _stopped = true;
        _holds.Close();
        foreach (Agent agent in All)
        {
            agent.EndStream();
        }
    }

    public void Dispose()
    {
        Stop();
        Heartbeats.Dispose();
        _holds.Dispose();
        foreach (AgentPass pass in _roster.Passes.Values)
        {
            pass.Dispose();
            pass.Agent.Dispose();
        }
    }
}
