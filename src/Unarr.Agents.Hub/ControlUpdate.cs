namespace Unarr.Agents.Hub;

/// <summary>A new state of a control.</summary>
public sealed class ControlUpdate
{
    /// <summary>The control's id.</summary>
    public required string ControlId { get; init; }

    /// <summary>The new state.</summary>
    public required ControlState State { get; init; }

    /// <summary>When it has come to it.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>Why it failed; otherwise <see langword="null"/>.</summary>
    public string? Error { get; init; }

    /// <summary>Whether the control ends with this: so for every state but <see cref="ControlState.Pending"/> and
    /// <see cref="ControlState.HandedOut"/>, which end a control only where this is set.</summary>
    public bool Ends
    {
        get => field || State is not (ControlState.None or ControlState.Pending or ControlState.HandedOut);
        init;
    }
}
