using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Hub.Controls;
using Unarr.Agents.Protocol;

namespace Unarr.Agents.Hub.Desk;

/// <summary>What one sync hands out.</summary>
/// <param name="Manner">How the agent keeps its controls in order.</param>
/// <param name="Page">The controls, in order.</param>
/// <param name="Wakes">How often the agent had been woken before they were read.</param>
internal sealed record HandOut(SyncManner Manner, PendingPage Page, long Wakes)
{
    public IReadOnlyList<Control> Controls { get; } = [.. Page.Controls.Select(record => record.Control)];

    /// <summary>The ids of those that no sync has handed out before.</summary>
    public IReadOnlyCollection<string> FirstTime { get; } =
        [.. Page.Controls.Where(record => record.State == ControlState.Pending).Select(record => record.Id)];
}
