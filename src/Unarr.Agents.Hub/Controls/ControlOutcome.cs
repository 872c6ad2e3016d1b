namespace Unarr.Agents.Hub.Controls;

/// <summary>How a control ended.</summary>
/// <param name="Id">The control's id; one that is not pending is ignored.</param>
/// <param name="State">What it ended as.</param>
/// <param name="Error">Why it failed, when it did.</param>
internal readonly record struct ControlOutcome(string Id, ControlState State, string? Error = null);
