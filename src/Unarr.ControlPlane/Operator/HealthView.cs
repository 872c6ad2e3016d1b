namespace Unarr.ControlPlane.Operator;

/// <summary>The answer of <c>GET /health</c>.</summary>
/// <param name="Status"><c>ok</c> or <c>failing</c>.</param>
/// <param name="Error">What fails.</param>
internal sealed record HealthView(string Status, string? Error = null);
