namespace Unarr.ControlPlane.Operator;

/// <summary>The answer of <c>GET /health</c>.</summary>
/// <param name="Status"><c>ok</c>, <c>degraded</c> or <c>failing</c>.</param>
/// <param name="Error">What fails, or why what the node knows may be behind.</param>
internal sealed record HealthView(string Status, string? Error = null);
