using System.Text.Json.Serialization;
using Unarr.Agents.Hub.Web;

namespace Unarr.Agents.Hub;

/// <summary>What became of a push to one agent: all of its controls are queued, or none.</summary>
public sealed class PushResult
{
    /// <summary>The agent.</summary>
    public required string AgentId { get; init; }

    /// <summary>What became of the push.</summary>
    public required PushStatus Status { get; init; }

    /// <summary>The ids that the controls were given, in their order; empty when none was queued.</summary>
    public IReadOnlyList<string> ControlIds { get; init; } = [];

    /// <summary>The <see cref="ControlRecord.Sequence"/> of the last control: the new end of the agent's queue. 0 when none was
    /// queued.</summary>
    [JsonIgnore]
    public long LastSequence { get; init; }

    /// <summary>Why the queue has no room, as a clause that names the bound; <see langword="null"/> when the controls were
    /// queued.</summary>
    public string? Error { get; init; }

    /// <summary>Returns an answer for an endpoint: 202 with <c>{"ids":[…]}</c>; 404 where there is no such agent; 429 with
    /// <c>Retry-After</c> and the bound where its queue is full. Errors are <c>{"error":"…"}</c>.</summary>
    public IResult ToHttpResult() => new PushHttpResult(this);
}
