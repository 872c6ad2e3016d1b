namespace Unarr.Agents.Hub;

/// <summary>One thing that a node reports to the others.</summary>
public sealed class AgentSignal
{
    /// <summary>What happened.</summary>
    public required AgentSignalKind Kind { get; init; }

    /// <summary>The agent.</summary>
    public required string AgentId { get; init; }

    /// <summary>The new end of the agent's queue after a push; 0 where the signal is about something else.</summary>
    public long Sequence { get; init; }
}
