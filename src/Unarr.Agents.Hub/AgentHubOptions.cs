using System.Security.Claims;
using Unarr.Agents.Protocol;

namespace Unarr.Agents.Hub;

/// <summary>How a hub behaves. It is copied and checked when the hub starts.</summary>
public sealed class AgentHubOptions
{
    /// <summary>The claim of an authenticated user that is the agent's id. Default: the name.</summary>
    public string AgentIdClaim { get; set; } = ClaimTypes.Name;

    /// <summary>How often each stream gets a comment. Default: 15 s; 100 ms to 5 min.</summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a long-poll is held when nothing comes. Default: 28 s; 100 ms to 28 s.</summary>
    public TimeSpan WakeHold { get; set; } = TimeSpan.FromSeconds(28);

    /// <summary>How many controls an agent may have pending. Default: 1,024; 1 to 4,096. They may also take at most 768 KiB.</summary>
    public int MaxPendingControls { get; set; } = ControlCommand.MaxControls;

    /// <summary>How many of the controls that ended last are kept of each agent, where the store is in memory or in a SQLite file.
    /// Default: 64; 64 to 10,000.</summary>
    public int MaxEndedControls { get; set; } = ControlStore.MinEnded;

    /// <summary>How many bytes the body of a sync may have. Default: 1 MiB; 256 bytes to 64 MiB. The server's own
    /// bound holds too.</summary>
    public int MaxSyncBytes { get; set; } = 1024 * 1024;

    /// <summary>How long streams take to end at shutdown on a hub of several nodes: they end spread evenly over it. On a hub of one node
    /// they end at once, because there is no other node to go to. Default: 10 s; 0 to 5 min.</summary>
    public TimeSpan DrainTime { get; set; } = TimeSpan.FromSeconds(10);
}
