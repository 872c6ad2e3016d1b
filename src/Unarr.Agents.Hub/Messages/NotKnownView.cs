namespace Unarr.Agents.Hub.Messages;

/// <summary>A push of which it is not known whether it is queued: <c>{"error":"…","ids":[…]}</c>.</summary>
internal sealed record NotKnownView(string Error, IReadOnlyList<string> Ids);
