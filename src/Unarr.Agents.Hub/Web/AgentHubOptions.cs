using Unarr.Agents.Protocol;

namespace Unarr.Agents.Hub.Web;

/// <summary>How a hub behaves.</summary>
internal sealed record AgentHubOptions
{
    /// <summary>How often each stream gets a comment. Default: 15 s.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a poll is held when nothing comes. Default: 28 s.</summary>
    public TimeSpan WakeHold { get; init; } = TimeSpan.FromSeconds(28);

    /// <summary>How many controls an agent may have pending. Default: 1,024.</summary>
    public int QueueLimit { get; init; } = ControlCommand.MaxControls;
}
