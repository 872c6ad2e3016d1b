namespace Unarr.Agents.Hub.Messages;

/// <summary>The payload of a <c>sync</c> event, for people: agents ignore it.</summary>
internal sealed record SyncEvent(string Reason);
