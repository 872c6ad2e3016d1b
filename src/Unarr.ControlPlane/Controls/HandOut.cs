namespace Unarr.ControlPlane.Controls;

/// <summary>What one sync hands out.</summary>
/// <param name="Controls">The controls, in order.</param>
/// <param name="FirstTime">The ids of those that no sync has handed out before.</param>
/// <param name="Acknowledges">Whether the agent lists what it has applied.</param>
/// <param name="HasMore">Whether more are pending than fit one answer.</param>
internal sealed record HandOut(
    IReadOnlyList<ControlAction> Controls,
    IReadOnlyCollection<string> FirstTime,
    bool Acknowledges,
    bool HasMore);
