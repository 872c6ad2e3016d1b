namespace Unarr.Agents.Hub.Nats;

/// <summary>A part of a node's agents.</summary>
internal sealed class AgentListMessage
{
    public string Node { get; init; } = "";

    public IReadOnlyList<AgentInfo> Agents { get; init; } = [];

    /// <summary>Whether it is the last part.</summary>
    public bool IsLast { get; init; }
}
