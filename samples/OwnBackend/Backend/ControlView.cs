using Unarr.Agents.Hub;

namespace Unarr.Samples.OwnBackend.Backend;

/// <summary>A control as the page shows it.</summary>
internal sealed record ControlView(string AgentId, string? Id, string Action, ControlState State, string? Error)
{
    public static ControlView Of(ControlRecord record) =>
        new(record.AgentId, record.Control.Id, record.Control.Action, record.State, record.Error);
}
