namespace Unarr.ControlPlane.Messages;

/// <summary>What signs an operator in: <c>{"key":"…"}</c>.</summary>
internal sealed class SignInView
{
    public required string Key { get; init; }
}
