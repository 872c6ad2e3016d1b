namespace Unarr.Agents.Hub.Nats;

/// <summary>What a node says of itself every 5 s.</summary>
internal sealed class NodeMessage
{
    public string Name { get; init; } = "";

    public string Version { get; init; } = "";

    public int Agents { get; init; }

    public string Keys { get; init; } = "";

    public string? Trouble { get; init; }
}
