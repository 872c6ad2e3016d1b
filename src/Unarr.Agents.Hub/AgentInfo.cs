using Unarr.Agents.Protocol;

namespace Unarr.Agents.Hub;

/// <summary>An agent, as the hub sees it at one moment.</summary>
public sealed record AgentInfo
{
    /// <summary>Who it is, by its authentication.</summary>
    public required string Id { get; init; }

    /// <summary>The id that the agent's last sync reported; empty before its first one. Its authentication decides who it is.</summary>
    public string ReportedId { get; init; } = "";

    /// <summary>The name that its last sync reported.</summary>
    public string Name { get; init; } = "";

    /// <summary>The version that its last sync reported.</summary>
    public string Version { get; init; } = "";

    /// <summary>The operating system that its last sync reported.</summary>
    public string Os { get; init; } = "";

    /// <summary>The processor architecture that its last sync reported.</summary>
    public string Arch { get; init; } = "";

    /// <summary>How many tasks its last sync listed.</summary>
    public int TaskCount { get; init; }

    /// <summary>Over which routes it can be reached at once; a push to one that has none waits for its next sync.</summary>
    public DownlinkRoutes Routes { get; init; }

    /// <summary>Since when it can be reached; <see langword="null"/> when it cannot.</summary>
    public DateTimeOffset? RoutesSince { get; init; }

    /// <summary>When it last opened a stream, polled or synced; <see langword="null"/> when that is not known. The stores of this project
    /// keep it over restarts of the hub, to within 5 minutes where the process was killed.</summary>
    public DateTimeOffset? LastSeen { get; init; }

    /// <summary>When it last synced; <see langword="null"/> when that is not known.</summary>
    public DateTimeOffset? LastSync { get; init; }

    /// <summary>How many controls are pending for it.</summary>
    public int PendingCount { get; init; }

    /// <summary>Whether somebody watches it, so that its syncs come at the short interval.</summary>
    public bool IsWatched { get; init; }

    /// <summary>Whether it is not known over which routes it can be reached: a node does not answer, and no other node has it. Always
    /// <see langword="false"/> on a hub of one node.</summary>
    public bool IsUnknown { get; init; }

    /// <summary>Whether it has not been here since the hub started: its name, its version and its times are those that the store has kept
    /// from before.</summary>
    public bool IsRemembered { get; init; }

    /// <summary>The node that it can be reached over, or was seen on last; several where several have it, separated by commas.
    /// <see langword="null"/> on a hub of one node.</summary>
    public string? Node { get; init; }
}
