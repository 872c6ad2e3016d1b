namespace Unarr.Agents.Hub.Agents;

/// <summary>A list of agents, whether or not they have been here.</summary>
internal interface IKnownAgents
{
    /// <summary>The ids of the agents on the list.</summary>
    IReadOnlyCollection<string> Ids { get; }

    /// <summary>Whether there are no other agents.</summary>
    bool IsComplete { get; }

    /// <summary>Whether an agent is on the list.</summary>
    bool Has(string agentId);
}
