namespace Unarr.ControlPlane.Operator;

/// <summary>What became of a push for one of its agents.</summary>
/// <param name="Agent">The agent's id.</param>
/// <param name="Status"><c>queued</c>, <c>full</c> or <c>unknown</c>.</param>
/// <param name="Ids">The ids of the controls that were queued.</param>
/// <param name="Error">Why none was queued.</param>
internal sealed record PushedToOneView(string Agent, string Status, IReadOnlyList<string>? Ids, string? Error)
{
    public static PushedToOneView From(PushResult result) => result.Status switch
    {
        PushStatus.Queued => new(result.AgentId, "queued", result.ControlIds, null),
        PushStatus.Full => new(result.AgentId, "full", null, result.Error),
        _ => new(result.AgentId, "unknown", null, "There is no such agent."),
    };
}
