using System.Text.Json.Serialization;

namespace Unarr.ControlPlane.Audit;

/// <summary>One line of the audit log: who did what from where, for whom, and what became of it. It holds no key and no
/// parameters.</summary>
internal sealed record AuditEntry
{
    /// <summary>How many agents and how many ids of controls an entry names; the counts say how many there were.</summary>
    public const int MaxNamed = 64;

    /// <summary>How many controls an entry describes.</summary>
    public const int MaxControls = 8;

    /// <summary>When it was over.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The operator's name; left out where nobody has shown who asks.</summary>
    public string? Operator { get; init; }

    /// <summary>The address of the client.</summary>
    public string? Address { get; init; }

    /// <summary>One of <see cref="AuditAction"/>.</summary>
    public required string Action { get; init; }

    /// <summary>The first agents that it was for.</summary>
    public IReadOnlyList<string>? Agents { get; init; }

    public int? AgentCount { get; init; }

    /// <summary>How the agents were chosen: <c>all</c>, or a filter; left out for a list.</summary>
    public string? Chosen { get; init; }

    /// <summary>The first controls that were pushed.</summary>
    public IReadOnlyList<AuditControl>? Controls { get; init; }

    public int? ControlCount { get; init; }

    /// <summary>The first ids of the controls.</summary>
    public IReadOnlyList<string>? ControlIds { get; init; }

    /// <summary>Whether a control that was pushed deletes files.</summary>
    public bool DeletesFiles { get; init; }

    /// <summary>When what was pushed expires.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>One of <see cref="AuditOutcome"/>.</summary>
    public required string Outcome { get; init; }

    /// <summary>For how many of the agents it was done.</summary>
    public int? DoneCount { get; init; }

    /// <summary>Why it was refused, or failed.</summary>
    public string? Reason { get; init; }

    /// <summary>How many times the same came within ten seconds; left out for once.</summary>
    public int? Times { get; init; }

    /// <summary>The first agents of some, and <see langword="null"/> for none.</summary>
    [JsonIgnore]
    public string AgentsText => Agents switch
    {
        null or [] => "no agent",
        [{ } only] when AgentCount <= 1 => $"agent {only}",
        _ => $"{AgentCount} agents",
    };
}
