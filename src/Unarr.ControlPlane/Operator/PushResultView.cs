namespace Unarr.ControlPlane.Operator;

/// <summary>What has become of a push for one of its agents.</summary>
/// <param name="Agent">The agent's id.</param>
/// <param name="Outcome">One of <see cref="PushOutcome"/>.</param>
/// <param name="Ids">The ids of the controls that were queued.</param>
/// <param name="ChangedAt">When the outcome changed last.</param>
/// <param name="Error">Why none was queued, or why one failed.</param>
internal sealed record PushResultView(
    string Agent, string Outcome, IReadOnlyList<string> Ids, DateTimeOffset? ChangedAt, string? Error);
