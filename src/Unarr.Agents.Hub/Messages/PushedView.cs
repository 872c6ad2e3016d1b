namespace Unarr.Agents.Hub.Messages;

/// <summary>The ids of controls that were queued: <c>{"ids":[…]}</c>.</summary>
internal sealed record PushedView(IReadOnlyList<string> Ids);
