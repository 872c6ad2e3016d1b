namespace Unarr.ControlPlane.Operator;

/// <summary>A push to many agents with its outcomes.</summary>
/// <param name="Push">The push.</param>
/// <param name="Results">An outcome for each agent: those that need somebody's attention first, then by id.</param>
internal sealed record PushDetailView(PushSummaryView Push, IReadOnlyList<PushResultView> Results);
