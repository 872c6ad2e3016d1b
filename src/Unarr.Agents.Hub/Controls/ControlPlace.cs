namespace Unarr.Agents.Hub.Controls;

/// <summary>A control's place in its agent's order.</summary>
/// <param name="Id">The control's id.</param>
/// <param name="Sequence">Its sequence; 0 when only the id is known.</param>
internal readonly record struct ControlPlace(string Id, long Sequence = 0);
