namespace Unarr.Agents.Hub.Nats;

/// <summary>What an update has done to a document.</summary>
/// <param name="Changed">The controls that it changed, as they now are.</param>
/// <param name="Elsewhere">The updates of controls that are not in the document: they may have ended before.</param>
internal sealed record UpdateOutcome(IReadOnlyList<ControlRecord> Changed, IReadOnlyList<ControlUpdate> Elsewhere);
