using System.Text.Json.Serialization;

namespace Unarr.Agents.Protocol;

/// <summary>One thing the control plane wants done: <c>{"action":"cancel","taskId":"t1","deleteFiles":true}</c>.</summary>
/// <remarks>Members that are missing or null on the wire are empty here; unknown members are ignored, unknown actions passed on.</remarks>
[JsonConverter(typeof(ControlActionJsonConverter))]
public sealed record ControlAction
{
    /// <summary>How long each string of a control may be on the wire: 1,024 bytes. A longer one is a payload that does not parse.</summary>
    public const int MaxStringBytes = 1024;

    /// <summary>What to do: <c>pause</c>, <c>resume</c>, <c>cancel</c>, <c>stream</c> or a word that only newer agents know.</summary>
    public required string Action { get; init; }

    /// <summary>The task it is for; empty when the control names none.</summary>
    public string TaskId { get; init; } = "";

    /// <summary>Whether the task's files are to be deleted too. Default: no.</summary>
    public bool DeleteFiles { get; init; }

    /// <summary>The control's id, when the control plane wants it applied once and acknowledged;
    /// otherwise <see langword="null"/>.</summary>
    public string? Id { get; init; }

    /// <summary>When it was pushed, by the control plane's clock, to the millisecond;
    /// <see langword="null"/> when that is not told.</summary>
    public DateTimeOffset? PushedAt { get; init; }
}
