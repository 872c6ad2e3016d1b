using System.Collections.Concurrent;
using System.Security.Claims;
using Unarr.Agents.Hub.Agents;

namespace Unarr.Agents.Hub.Keys;

/// <summary>The keys that count now, the operator's and the agents'.</summary>
internal sealed class AgentKeyRing : IKnownAgents
{
    private readonly Lock _gate = new();
    private readonly AgentDirectory? _agents;
    private readonly string _scheme;
    private readonly Func<bool> _isComplete;
    private volatile KeyHolders _current;

    /// <param name="keys">The keys.</param>
    /// <param name="agents">What the agents have open; <see langword="null"/> where there is no hub.</param>
    /// <param name="scheme">The name of the authentication scheme.</param>
    /// <param name="isComplete">Says whether no agent is admitted in another way.</param>
    public AgentKeyRing(ApiKeys keys, AgentDirectory? agents, string scheme, Func<bool> isComplete)
    {
        _agents = agents;
        _scheme = scheme;
        _isComplete = isComplete;
        _current = Holders(keys);
        AddAgents(keys);
    }

    public ApiKeys Current => _current.Keys;

    public IReadOnlyCollection<string> Ids => Current.AgentIds;

    public bool IsComplete => _isComplete();

    public bool Has(string agentId) => Current.Has(agentId);

    /// <summary>The user who presents a key; <see langword="null"/> when it is nobody's.</summary>
    public ClaimsPrincipal? FindUser(string presented)
    {
        ClaimsPrincipal? user;
        KeyHolders current;
        do
        {
            // Whoever is found in keys that were just replaced may have been found too late to be ended with them.
            current = _current;
            user = FindUser(current, presented);
        }
        while (current != _current);
        return user;
    }

    /// <summary>Replaces the keys: from one moment on the new ones count and the old ones do not.</summary>
    /// <remarks>What was opened with a key that is replaced or removed ends. An agent whose key stays keeps what it has open.</remarks>
    public void Use(ApiKeys keys)
    {
        lock (_gate)
        {
            KeyHolders old = _current;
            KeyHolders next = Holders(keys, old);
            _current = next;
            AddAgents(keys);

            // Only now: what comes back at once already meets the new keys.
            EndUsers(old, next);
            foreach (string id in old.Keys.AgentIds)
            {
                if (!keys.Has(id))
                {
                    _agents?.Remove(id);
                }
                else if (!keys.HasSameAgent(old.Keys, id))
                {
                    _agents?.Find(id)?.Disconnect();
                }
            }
        }

        _agents?.Changes.Raise();
    }

    private ClaimsPrincipal? FindUser(KeyHolders current, string presented) =>
        current.Keys.FindAgent(presented) is { } id
            ? current.Agents.GetOrAdd(id, static (id, scheme) => new ClaimsPrincipal(AgentKeyIdentity.OfAgent(id, scheme)), _scheme)
            : current.Keys.FindOperator(presented) is { } name ? current.Operators[name] : null;

    /// <summary>Agents that have a key are there from the beginning: what one costs is known before any has come.</summary>
    private void AddAgents(ApiKeys keys)
    {
        if (_agents is not null)
        {
            foreach (string id in keys.AgentIds)
            {
                _agents.GetOrAdd(id);
            }
        }
    }

    private static void EndUsers(KeyHolders old, KeyHolders next)
    {
        foreach ((string id, ClaimsPrincipal user) in old.Agents)
        {
            if (next.Keys.HasSameAgent(old.Keys, id))
            {
                next.Agents.TryAdd(id, user);
            }
            else
            {
                ((AgentKeyIdentity)user.Identity!).End();
            }
        }

        foreach ((string name, ClaimsPrincipal user) in old.Operators)
        {
            if (next.Operators.GetValueOrDefault(name) != user)
            {
                ((AgentKeyIdentity)user.Identity!).End();
            }
        }
    }

    private KeyHolders Holders(ApiKeys keys, KeyHolders? old = null)
    {
        ConcurrentDictionary<string, ClaimsPrincipal> agents = new(StringComparer.Ordinal);
        foreach ((string id, ClaimsPrincipal user) in old?.Agents ?? [])
        {
            if (keys.HasSameAgent(old!.Keys, id))
            {
                agents[id] = user;
            }
        }

        return new KeyHolders(keys, agents, keys.Operators.ToDictionary(
            static name => name,
            name => old is not null && keys.HasSameOperator(old.Keys, name)
                ? old.Operators[name] : new ClaimsPrincipal(AgentKeyIdentity.OfOperator(_scheme)),
            StringComparer.Ordinal));
    }
}
