using Unarr.Agents.Protocol;

namespace Unarr.Agents.Hub;

/// <summary>One sync of an agent, as <see cref="AgentHubHandler.OnSyncAsync"/> gets it.</summary>
public sealed class AgentSync
{
    /// <summary>The agent.</summary>
    public required AgentInfo Agent { get; init; }

    /// <summary>The sync's request: read your own members from it. Valid during the call.</summary>
    public SyncBody Request { get; init; } = new();

    /// <summary>The answer: write your own members into it. Valid during the call.</summary>
    public SyncBody Answer { get; init; } = SyncBody.ForAnswer();
}
