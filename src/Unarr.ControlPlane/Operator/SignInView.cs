namespace Unarr.ControlPlane.Operator;

/// <summary>What signs an operator in: <c>{"key":"…"}</c>.</summary>
internal sealed class SignInView
{
    public required string Key { get; init; }
}
