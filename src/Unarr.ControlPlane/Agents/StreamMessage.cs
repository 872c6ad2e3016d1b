namespace Unarr.ControlPlane.Agents;

/// <summary>One entry of a stream's mailbox: what to write, not yet written out, so that a waiting entry costs next to nothing.</summary>
internal readonly record struct StreamMessage(StreamMessageKind Kind, string Reason = "", ArraySegment<ControlAction> Controls = default);
