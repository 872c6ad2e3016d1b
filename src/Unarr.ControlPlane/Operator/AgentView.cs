using Unarr.Agents.Hub.Agents;

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

    /// <summary><c>sse</c>, <c>poll</c>, <c>sse+poll</c> or <c>none</c>.</summary>
    public required string Route { get; init; }

    public DateTimeOffset? RouteSince { get; init; }

    public DateTimeOffset? LastSeen { get; init; }

    public DateTimeOffset? LastSync { get; init; }

    public required int Tasks { get; init; }

    public required bool Watching { get; init; }

    public required int Pending { get; init; }

    public static AgentView From(AgentStatus status, int pending) => new()
    {
        Id = status.Id,
        ReportedId = status.Description.AgentId,
        Name = status.Description.Name,
        Version = status.Description.Version,
        Os = status.Description.Os,
        Arch = status.Description.Arch,
        Route = NameOf(status.Route),
        RouteSince = status.RouteSince,
        LastSeen = status.LastSeen,
        LastSync = status.LastSync,
        Tasks = status.Description.Tasks,
        Watching = status.Watching,
        Pending = pending,
    };

    private static string NameOf(AgentRoute route) => route switch
    {
        AgentRoute.Sse => "sse",
        AgentRoute.Poll => "poll",
        AgentRoute.Sse | AgentRoute.Poll => "sse+poll",
        _ => "none",
    };
}
