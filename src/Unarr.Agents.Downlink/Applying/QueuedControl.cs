using System.Diagnostics;
using Unarr.Agents.Protocol;

namespace Unarr.Agents.Downlink.Applying;

/// <summary>A control that waits for the handler.</summary>
/// <param name="Control">The control.</param>
/// <param name="Source">The route that brought it.</param>
/// <param name="Origin">The activity of the stream or sync that brought it.</param>
/// <param name="AckWithin">How long its acknowledgement may take; <see langword="null"/> when the command does not say.</param>
internal readonly record struct QueuedControl(Control Control, ControlRoute Source, ActivityContext Origin, TimeSpan? AckWithin)
{
    /// <summary>The event that waits in the place of a control; <see langword="null"/> as a rule.</summary>
    public QueuedEvent? Event { get; init; }
}
