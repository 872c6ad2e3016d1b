namespace Unarr.ControlPlane.Operator;

/// <summary>A page of an agent's ended controls.</summary>
/// <param name="Controls">The controls, newest push first.</param>
/// <param name="Before">What the next page is asked for with; left out where there is none.</param>
internal sealed record HistoryView(IReadOnlyList<ControlView> Controls, long? Before);
