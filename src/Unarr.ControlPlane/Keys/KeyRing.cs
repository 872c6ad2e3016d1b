using Unarr.Agents.Hub.Keys;

namespace Unarr.ControlPlane.Keys;

/// <summary>The keys that count now, the operator's and the agents'.</summary>
internal sealed class KeyRing(AgentKeyRing agents)
{
    public ApiKeys Current => agents.Current;

    /// <summary>Replaces the keys. What was opened with a key that changes ends.</summary>
    public void Use(ApiKeys keys) => agents.Use(keys);
}
