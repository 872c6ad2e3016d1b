namespace Unarr.ControlPlane.Messages;

/// <summary>Whether the one who asks is signed in.</summary>
internal sealed record SessionView(bool SignedIn);
