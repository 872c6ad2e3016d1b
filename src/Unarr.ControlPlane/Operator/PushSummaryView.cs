namespace Unarr.ControlPlane.Operator;

/// <summary>A push to many agents and how far it has come.</summary>
internal sealed record PushSummaryView
{
    public required string Id { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>The name of the operator who pushed.</summary>
    public required string Operator { get; init; }

    /// <summary>How the agents were chosen: <c>all</c>, or a filter; left out for a list.</summary>
    public string? Chosen { get; init; }

    /// <summary>The first controls.</summary>
    public required IReadOnlyList<PushedControlView> Controls { get; init; }

    public required int ControlCount { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public required int AgentCount { get; init; }

    /// <summary>How many agents have each outcome.</summary>
    public required IReadOnlyDictionary<string, int> Outcomes { get; init; }

    /// <summary>Whether no outcome may change any more.</summary>
    public required bool IsDone { get; init; }
}
