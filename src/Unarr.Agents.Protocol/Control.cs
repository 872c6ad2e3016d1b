using System.Text.Json.Serialization;

namespace Unarr.Agents.Protocol;

/// <summary>One instruction of a control plane to an agent. Its JSON is that of the wire:
/// <c>{"action":"cancel","taskId":"t1","deleteFiles":true}</c>.</summary>
/// <remarks>Members that are missing or null on the wire are empty here; unknown members are ignored, unknown actions passed on.</remarks>
[JsonConverter(typeof(ControlJsonConverter))]
public sealed class Control
{
    /// <summary>How long each string of a control may be on the wire: 1,024 bytes. A longer one is a payload that does not parse.</summary>
    public const int MaxStringBytes = 1024;

    /// <summary>Makes a control.</summary>
    /// <param name="action">What to do.</param>
    /// <param name="taskId">The task that the control is for; empty for no task.</param>
    public Control(string action, string taskId = "")
    {
        ArgumentNullException.ThrowIfNull(action);
        ArgumentNullException.ThrowIfNull(taskId);
        Action = action;
        TaskId = taskId;
    }

    /// <summary>What to do: <c>pause</c>, <c>resume</c>, <c>cancel</c>, <c>stream</c> or a word that only newer agents know.</summary>
    public string Action { get; init; }

    /// <summary>The task that the control is for; empty when it is for no task.</summary>
    public string TaskId { get; init; }

    /// <summary>Whether the task's files are to be deleted too. Default: no.</summary>
    public bool DeleteFiles { get; init; }

    /// <summary>The control's id, when the control plane wants it applied once and acknowledged;
    /// otherwise <see langword="null"/>.</summary>
    public string? Id { get; init; }

    /// <summary>When the control was pushed, by the control plane's clock, to the millisecond;
    /// <see langword="null"/> when that is not known.</summary>
    public DateTimeOffset? PushedAt { get; init; }

    /// <summary>Returns whether another object is a control with the same members.</summary>
    /// <param name="obj">The other object.</param>
    public override bool Equals(object? obj) => obj is Control other
        && (Action, TaskId, DeleteFiles, Id, PushedAt) == (other.Action, other.TaskId, other.DeleteFiles, other.Id, other.PushedAt);

    /// <summary>Returns a hash code of the members.</summary>
    public override int GetHashCode() => HashCode.Combine(Action, TaskId, DeleteFiles, Id, PushedAt);

    /// <summary>Returns the same control under an id.</summary>
    internal Control Stamped(string id, DateTimeOffset pushedAt) =>
        new(Action, TaskId) { DeleteFiles = DeleteFiles, Id = id, PushedAt = pushedAt };
}
