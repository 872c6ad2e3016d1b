namespace Unarr.Agents.Hub.Controls;

/// <summary>What became of a push, and the ids that its controls were given, in their order.</summary>
internal readonly record struct PushResult(PushStatus Status, IReadOnlyList<string> Ids);
