namespace Unarr.Agents.Hub.Agents;

/// <summary>The agents' API keys at one moment. Does not change.</summary>
internal interface IAgentKeys
{
    /// <summary>The ids of all agents that have a key.</summary>
    IReadOnlyCollection<string> AgentIds { get; }

    /// <summary>The agent whose key this is, or <see langword="null"/>.</summary>
    string? FindAgent(string presented);

    /// <summary>Whether an agent has the same key in both.</summary>
    bool HasSameAgent(IAgentKeys other, string id);
}
