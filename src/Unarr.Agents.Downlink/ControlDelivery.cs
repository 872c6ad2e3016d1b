namespace Unarr.Agents.Downlink;

/// <summary>How a control reaches the handler.</summary>
public readonly struct ControlDelivery
{
    /// <summary>The route that brought the control.</summary>
    public ControlRoute Route { get; init; }

    /// <summary>Which attempt to apply the control this is, counted from 1: a control whose attempt failed comes again,
    /// three times at most.</summary>
    public int Attempt { get; init; }
}
