using Unarr.Agents.Hub.Signals;
using Unarr.Agents.Protocol;

namespace Unarr.Agents.Hub.Desk;

/// <summary>Shows agents as all nodes see them.</summary>
internal static class FleetAgents
{
    /// <summary>An agent, from what each node has of it.</summary>
    /// <param name="own">What this node has.</param>
    /// <param name="view">What the other nodes answered.</param>
    /// <param name="fleet">What all nodes know.</param>
    public static AgentInfo Merge(AgentInfo own, FleetView view, Fleet fleet)
    {
        AgentInfo[] all = [own with { Node = fleet.NodeName }, .. view.ById[own.Id]];
        AgentInfo last = all.MaxBy(static info => info.LastSync ?? info.LastSeen ?? DateTimeOffset.MinValue)!;
        AgentInfo[] reachable = [.. all.Where(static info => info.Routes != DownlinkRoutes.None)];
        KnownAgent? known = fleet.Known(own.Id);
        return last with
        {
            ReportedId = Or(last.ReportedId, known?.ReportedId),
            Name = Or(last.Name, known?.Name),
            Version = Or(last.Version, known?.Version),
            Os = Or(last.Os, known?.Os),
            Arch = Or(last.Arch, known?.Arch),
            Routes = reachable.Aggregate(DownlinkRoutes.None, static (routes, info) => routes | info.Routes),
            RoutesSince = reachable.Max(static info => info.RoutesSince),
            LastSeen = all.Max(static info => info.LastSeen),
            LastSync = all.Max(static info => info.LastSync),
            PendingCount = own.PendingCount,
            IsWatched = fleet.IsWatched(own.Id),
            Node = reachable.Length > 0 ? string.Join(", ", reachable.Select(static info => info.Node).Order(StringComparer.Ordinal))
                : last.LastSeen is null ? null : last.Node,

            IsRemembered = reachable.Length == 0 && all.All(static info => info.IsRemembered || info.LastSeen is null)
                && (known is not null || own.IsRemembered),

            // Whether a node that does not answer has it, nobody can say: it is not gone.
            IsUnknown = reachable.Length == 0 && view.Silent.Count > 0,
        };
    }

    private static string Or(string text, string? other) => text.Length > 0 ? text : other ?? "";
}
