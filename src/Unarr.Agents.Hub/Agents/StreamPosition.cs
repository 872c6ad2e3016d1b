using Unarr.Agents.Hub.Controls;

namespace Unarr.Agents.Hub.Agents;

/// <summary>Where a stream's cursor is at one moment.</summary>
/// <param name="State">Whether it may carry controls.</param>
/// <param name="After">The last control that it has sent and that is still pending.</param>
/// <param name="Epoch">How many syncs have handed out controls to be ended by it; see <see cref="DeliveryOrder.TryRelease"/>.</param>
internal readonly record struct StreamPosition(CursorState State, ControlPlace? After, long Epoch);
