using Unarr.Agents.Protocol;

namespace Unarr.Agents.Hub;

/// <summary>A push with all that it may say.</summary>
public sealed class PushRequest
{
    /// <summary>The agents, each once. Each gets all of the controls, under ids of its own.</summary>
    public required IReadOnlyCollection<string> AgentIds { get; init; }

    /// <summary>The controls, in the order in which they are to be applied: 1 to 1,024. An <see cref="Control.Id"/> of theirs is
    /// ignored.</summary>
    public required IReadOnlyList<Control> Controls { get; init; }

    /// <summary>After which time the controls are not handed out any more, and end as expired; more than zero. <see langword="null"/>:
    /// they do not expire.</summary>
    public TimeSpan? ExpiresAfter { get; init; }

    /// <summary>What makes the push repeatable: 1 to 256 visible ASCII characters that no other push has. A push that is repeated with it,
    /// on any node, returns the ids of the first and queues nothing again, as long as the store knows one of the first push's controls.
    /// <see langword="null"/>: each push is a new one.</summary>
    public string? IdempotencyKey { get; init; }
}
