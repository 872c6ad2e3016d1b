using Unarr.Agents.Hub.Controls;


namespace Unarr.ControlPlane.Operator;

/// <summary>A control, as the operator sees it.</summary>
internal sealed record ControlView
{
    public required string Id { get; init; }

    public required string Action { get; init; }

    public required string TaskId { get; init; }

    public required bool DeleteFiles { get; init; }

    /// <summary><c>pending</c>, <c>handedOut</c>, <c>applied</c>, <c>failed</c> or <c>unreadable</c>.</summary>
    public required string State { get; init; }

    public required DateTimeOffset QueuedAt { get; init; }

    /// <summary>Since when it is in that state.</summary>
    public required DateTimeOffset ChangedAt { get; init; }

    public string? Error { get; init; }

    public static ControlView From(ControlRecord record) => new()
    {
        Id = record.Id,
        Action = record.Control.Action,
        TaskId = record.Control.TaskId,
        DeleteFiles = record.Control.DeleteFiles,
        State = NameOf(record.State),
        QueuedAt = record.QueuedAt,
        ChangedAt = record.ChangedAt,
        Error = record.Error,
    };

    private static string NameOf(ControlState state) => state switch
    {
        ControlState.Pending => "pending",
        ControlState.HandedOut => "handedOut",
        ControlState.Applied => "applied",
        ControlState.Unreadable => "unreadable",
        _ => "failed",
    };
}
