namespace Unarr.ControlPlane.Operator;

/// <summary>Whether the one who asks is signed in.</summary>
/// <param name="SignedIn">Whether a session is open.</param>
/// <param name="StartedAt">When the control plane was started, which ended every session.</param>
internal sealed record SessionView(bool SignedIn, DateTimeOffset StartedAt);
