using Unarr.Agents.Protocol;

namespace Unarr.Agents.Hub;

/// <summary>What a store keeps of an agent over the hub's restarts: what it reported last, and when and how it was here.</summary>
internal sealed record RememberedAgent
{
    public required string Id { get; init; }

    public string ReportedId { get; init; } = "";

    public string Name { get; init; } = "";

    public string Version { get; init; } = "";

    public string Os { get; init; } = "";

    public string Arch { get; init; } = "";

    public DownlinkRoutes Routes { get; init; }

    public DateTimeOffset? LastSeen { get; init; }

    public DateTimeOffset? LastSync { get; init; }

    public static RememberedAgent From(AgentInfo agent) => new()
    {
        Id = agent.Id,
        ReportedId = agent.ReportedId,
        Name = agent.Name,
        Version = agent.Version,
        Os = agent.Os,
        Arch = agent.Arch,
        Routes = agent.Routes,
        LastSeen = agent.LastSeen,
        LastSync = agent.LastSync,
    };
}
