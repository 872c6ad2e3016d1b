namespace Unarr.Agents.Hub.Controls;

/// <summary>The rule of every store for what an update changes.</summary>
internal static class ControlChange
{
    /// <summary>Whether a control that ended as the first takes the second: the agent had it before it expired or was withdrawn.</summary>
    public static bool Replaces(ControlState ended, ControlState update) =>
        ended is ControlState.Expired or ControlState.Withdrawn && update is ControlState.Applied or ControlState.Failed;

    /// <summary>The record after an update.</summary>
    public static ControlRecord Apply(this ControlRecord record, ControlUpdate update) => record with
    {
        State = update.State,
        PreviousState = record.State,
        IsEnded = record.IsEnded || update.Ends,
        ChangedAt = update.At,
        Error = update.Error,
    };
}
