namespace Unarr.ControlPlane.Operator;

/// <summary>How many controls were withdrawn.</summary>
internal sealed record WithdrawnView(int Withdrawn);
