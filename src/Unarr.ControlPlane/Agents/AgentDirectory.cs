using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Unarr.ControlPlane.Keys;

namespace Unarr.ControlPlane.Agents;

/// <summary>All agents that have a key, and what they share: the heartbeat wheel and the holds of their polls.</summary>
internal sealed class AgentDirectory : IDisposable
{
    private readonly ConcurrentDictionary<string, Agent> _agents = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private readonly PollHolds _holds;
    private volatile ApiKeys _keys;
    private volatile bool _stopped;

    public AgentDirectory(ApiKeys keys, TimeSpan heartbeat, TimeSpan wakeHold, TimeProvider time)
    {
        _time = time;
        _holds = new PollHolds(wakeHold, time);
        Heartbeats = new HeartbeatWheel(heartbeat, time);
        UseKeys(keys);
    }

    public HeartbeatWheel Heartbeats { get; }

    public ChangeSignal Changes { get; } = new();

    public ApiKeys Keys => _keys;

    /// <summary>Whether the control plane is stopping: a stream that opens now is ended at once.</summary>
    public bool IsStopped => _stopped;

    public IEnumerable<Agent> All => _agents.Values.OrderBy(agent => agent.Id, StringComparer.Ordinal);

    public Agent? Find(string id) => _agents.GetValueOrDefault(id);

    /// <summary>Replaces the keys. Agents that have none any more are forgotten, and their streams end.</summary>
    [MemberNotNull(nameof(_keys))]
    public void UseKeys(ApiKeys keys)
    {
        _keys = keys;
        HashSet<string> known = [.. keys.AgentIds];
        foreach (string id in known)
        {
            _agents.GetOrAdd(id, id => new Agent(id, _holds, Changes, _time));
        }

        foreach (string id in _agents.Keys)
        {
            if (!known.Contains(id) && _agents.TryRemove(id, out Agent? forgotten))
            {
                forgotten.EndStream();
            }
        }

        Changes.Raise();
    }

    /// <summary>Ends every stream and answers every poll, those to come included.</summary>
    public void Stop()
    {
        _stopped = true;
        _holds.Close();
        foreach (Agent agent in _agents.Values)
        {
            agent.EndStream();
        }
    }

    public void Dispose()
    {
        Stop();
        Heartbeats.Dispose();
        _holds.Dispose();
        foreach (Agent agent in _agents.Values)
        {
            agent.Dispose();
        }
    }
}
