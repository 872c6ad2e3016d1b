using Unarr.Agents.Protocol;

namespace Unarr.Agents.Hub.Controls;

/// <summary>A control on its way, or at its end.</summary>
/// <param name="Control">The control; its id is set.</param>
/// <param name="QueuedAt">When the operator pushed it.</param>
/// <param name="State">How far it has come.</param>
/// <param name="ChangedAt">Since when it is in that state.</param>
/// <param name="Error">Why it failed, when it did.</param>
internal sealed record ControlRecord(
    Control Control,
    DateTimeOffset QueuedAt,
    ControlState State,
    DateTimeOffset ChangedAt,
    string? Error = null)
{
    /// <summary>The control's id, unique in the whole store.</summary>
    public string Id => Control.Id ?? throw new InvalidOperationException("A stored control has an id.");
}
