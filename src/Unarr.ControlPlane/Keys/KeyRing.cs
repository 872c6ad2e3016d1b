using Unarr.Agents.Hub.Agents;

namespace Unarr.ControlPlane.Keys;

/// <summary>The keys that count now, the operator's and the agents'.</summary>
internal sealed class KeyRing(ApiKeys keys, AgentDirectory agents)
{
    private volatile ApiKeys _current = keys;

    public ApiKeys Current => _current;

    /// <summary>Replaces the keys. What was opened with a key that changes ends.</summary>
    public void Use(ApiKeys keys)
    {
        _current = keys;
        agents.UseKeys(keys);
    }
}
