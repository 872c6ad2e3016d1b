using System.Threading.Channels;

namespace Unarr.Agents.Hub.Desk;

/// <summary>Somebody who follows the controls' changes.</summary>
/// <param name="AgentId">Of which agent; <see langword="null"/> for all.</param>
/// <param name="Changes">The changes that wait for the reader.</param>
internal sealed record ControlFollower(string? AgentId, Channel<ControlRecord> Changes)
{
    public bool Wants(string agentId) => AgentId is null || AgentId == agentId;
}
