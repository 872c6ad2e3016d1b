namespace Unarr.ControlPlane.Operator;

/// <summary>What became of a push to many agents.</summary>
/// <param name="Results">One result for each agent, in the order of the request.</param>
internal sealed record PushedToManyView(IReadOnlyList<PushedToOneView> Results);
