namespace Unarr.ControlPlane.Messages;

/// <summary>The answer of <c>GET /health</c>.</summary>
internal sealed record HealthView(string Status);
