namespace Unarr.ControlPlane.Operator;

/// <summary>A line of the export: a control and whose it is.</summary>
/// <param name="Agent">The agent's id.</param>
/// <param name="Control">The control.</param>
internal sealed record HistoryLine(string Agent, ControlView Control);
