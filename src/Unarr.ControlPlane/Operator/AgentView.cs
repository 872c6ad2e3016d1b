using Unarr.Agents.Protocol;

namespace Unarr.ControlPlane.Operator;

/// <summary>An agent, as the operator sees it.</summary>
internal sealed record AgentView
{
    public required string Id { get; init; }

    /// <summary>The id that the agent itself told; its key decides who it is.</summary>
    public required string ReportedId { get; init; }

    public required string Name { get; init; }

    public required string Version { get; init; }

    public required string Os { get; init; }

    public required string Arch { get; init; }

    /// <summary><c>sse</c>, <c>poll</c>, <c>sse+poll</c> or <c>none</c>; <c>unknown</c> while a node that may have it does not
    /// answer.</summary>
    public required string Route { get; init; }

    /// <summary>One of <see cref="AgentState"/>.</summary>
    public required string State { get; init; }

    public DateTimeOffset? RouteSince { get; init; }

    public DateTimeOffset? LastSeen { get; init; }

    public DateTimeOffset? LastSync { get; init; }

    /// <summary>The node, or the nodes, that it can be reached over, or that saw it last; none where there is one node.</summary>
    public string? Node { get; init; }

    public required int Tasks { get; init; }

    public required bool Watching { get; init; }

    public required int Pending { get; init; }

    public static AgentView From(AgentInfo agent) => new()
    {
        Id = agent.Id,
        ReportedId = agent.ReportedId,
        Name = agent.Name,
        Version = agent.Version,
        Os = agent.Os,
        Arch = agent.Arch,
        Route = agent.IsUnknown ? "unknown" : NameOf(agent.Routes),
        State = AgentState.Of(agent),
        Node = agent.Node,
        RouteSince = agent.RoutesSince,
        LastSeen = agent.LastSeen,
        LastSync = agent.LastSync,
        Tasks = agent.TaskCount,
        Watching = agent.IsWatched,
        Pending = agent.PendingCount,
    };

    private static string NameOf(DownlinkRoutes routes) => routes switch
    {
        DownlinkRoutes.Stream => "sse",
        DownlinkRoutes.LongPoll => "poll",
        DownlinkRoutes.Stream | DownlinkRoutes.LongPoll => "sse+poll",
        _ => "none",
    };
}
