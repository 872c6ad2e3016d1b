using System.Text.Json;

namespace Unarr.ControlPlane.Operator;

/// <summary>A control, as the operator sees it.</summary>
internal sealed record ControlView
{
    public required string Id { get; init; }

    /// <summary>Its place in the agent's order.</summary>
    public required long Sequence { get; init; }

    public required string Action { get; init; }

    public required string TaskId { get; init; }

    public required bool DeleteFiles { get; init; }

    /// <summary>The application's own parameters, as they are.</summary>
    public JsonElement? Params { get; init; }

    /// <summary><c>pending</c>, <c>handedOut</c>, <c>applied</c>, <c>failed</c>, <c>expired</c>, <c>withdrawn</c> or
    /// <c>unreadable</c>.</summary>
    public required string State { get; init; }

    public required DateTimeOffset QueuedAt { get; init; }

    /// <summary>Since when it is in that state.</summary>
    public required DateTimeOffset ChangedAt { get; init; }

    /// <summary>When it expires; left out when it does not.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    public string? Error { get; init; }

    public static ControlView From(ControlRecord record) => new()
    {
        Id = record.Control.Id ?? "",
        Sequence = record.Sequence,
        Action = record.Control.Action,
        TaskId = record.Control.TaskId,
        DeleteFiles = record.Control.DeleteFiles,
        Params = record.Control.Parameters is { IsEmpty: false } parameters ? JsonElement.Parse(parameters.Span) : null,
        State = NameOf(record.State),
        QueuedAt = record.Control.PushedAt ?? record.ChangedAt,
        ChangedAt = record.ChangedAt,
        ExpiresAt = record.ExpiresAt,
        Error = record.Error,
    };

    private static string NameOf(ControlState state) => state switch
    {
        ControlState.Pending => "pending",
        ControlState.HandedOut => "handedOut",
        ControlState.Applied => "applied",
        ControlState.Expired => "expired",
        ControlState.Withdrawn => "withdrawn",
        ControlState.Unreadable => "unreadable",
        _ => "failed",
    };
}
