namespace Unarr.Agents.Hub.Controls;

/// <summary>Some of an agent's pending controls, in the order of their pushes.</summary>
/// <param name="Controls">The controls.</param>
/// <param name="HasMore">Whether more are pending after them.</param>
internal sealed record PendingPage(IReadOnlyList<ControlRecord> Controls, bool HasMore)
{
    /// <summary>The page of a control that is not pending.</summary>
    public static PendingPage Gone { get; } = new([], HasMore: false) { IsAfterGone = true };

    /// <summary>Whether the control after which to read is not pending: nothing was read.</summary>
    public bool IsAfterGone { get; init; }
}
