namespace Unarr.ControlPlane.Operator;

/// <summary>Whether somebody is watching an agent: <c>{"watching":true}</c>.</summary>
internal sealed record WatchingView
{
    public required bool Watching { get; init; }
}
