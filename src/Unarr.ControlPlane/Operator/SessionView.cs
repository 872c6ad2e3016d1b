namespace Unarr.ControlPlane.Operator;

/// <summary>Whether the one who asks is signed in.</summary>
internal sealed record SessionView(bool SignedIn);
