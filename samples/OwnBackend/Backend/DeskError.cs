namespace Unarr.Samples.OwnBackend.Backend;

/// <summary>An error as the hub answers it too: <c>{"error":"…"}</c>.</summary>
internal sealed record DeskError(string Error);
