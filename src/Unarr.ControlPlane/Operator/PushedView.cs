namespace Unarr.ControlPlane.Operator;

/// <summary>The ids that pushed controls were given, in their order.</summary>
internal sealed record PushedView(IReadOnlyList<string> Ids);
