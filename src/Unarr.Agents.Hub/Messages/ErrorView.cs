namespace Unarr.Agents.Hub.Messages;

/// <summary>Why a request was refused: <c>{"error":"…"}</c>.</summary>
internal sealed record ErrorView(string Error);
