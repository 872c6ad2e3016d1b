namespace Unarr.Agents.Protocol;

/// <summary>Where a member's name, as text, and its value, as JSON, are.</summary>
internal readonly record struct SyncMember(Range Name, Range Value);
