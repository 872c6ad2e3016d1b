namespace Unarr.ControlPlane.Operator;

/// <summary>The last pushes to many agents since the start, newest first.</summary>
internal sealed record PushListView(IReadOnlyList<PushSummaryView> Pushes);
