namespace Unarr.ControlPlane.Operator;

/// <summary>The payload of each event of the operator's stream.</summary>
internal sealed record OperatorStreamView
{
    /// <summary>The control plane's clock: what was how long ago is told by it, not by the browser's.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>After how long without any event there is one that tells the time; in the first event only.</summary>
    public long? HeartbeatMilliseconds { get; init; }

    /// <summary>When the control plane was started; in the first event only.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>All agents, or those that changed; ordered by id.</summary>
    public IReadOnlyList<AgentView>? Agents { get; init; }

    /// <summary>The ids of agents that are no more.</summary>
    public IReadOnlyList<string>? Removed { get; init; }
}
