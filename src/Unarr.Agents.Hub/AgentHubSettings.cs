namespace Unarr.Agents.Hub;

/// <summary>A hub's options as it uses them: a copy that was checked.</summary>
internal sealed class AgentHubSettings
{
    /// <exception cref="ArgumentException">An option cannot be used.</exception>
    public AgentHubSettings(AgentHubOptions options, bool hasManyNodes)
    {
        foreach (string problem in AgentHubOptionsCheck.Problems(options))
        {
            throw new ArgumentException(problem, nameof(options));
        }

        AgentIdClaim = options.AgentIdClaim;
        Heartbeat = options.Heartbeat;
        WakeHold = options.WakeHold;
        MaxPendingControls = options.MaxPendingControls;
        MaxEndedControls = options.MaxEndedControls;
        MaxSyncBytes = options.MaxSyncBytes;
        HasManyNodes = hasManyNodes;
        DrainTime = hasManyNodes ? options.DrainTime : TimeSpan.Zero;
    }

    public string AgentIdClaim { get; }

    public TimeSpan Heartbeat { get; }

    public TimeSpan WakeHold { get; }

    public int MaxPendingControls { get; }

    public int MaxEndedControls { get; }

    public int MaxSyncBytes { get; }

    public bool HasManyNodes { get; }

    public TimeSpan DrainTime { get; }
}
