namespace Unarr.ControlPlane.Operator;

/// <summary>What became of a push to many agents.</summary>
/// <param name="Push">The push's id: <c>GET /api/operator/pushes/ID</c> shows how far it has come.</param>
/// <param name="Results">One result for each agent, in the order of the request.</param>
internal sealed record PushedToManyView(string Push, IReadOnlyList<PushedToOneView> Results);
