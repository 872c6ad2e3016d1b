namespace Unarr.Agents.Downlink;

/// <summary>How a control reaches the handler.</summary>
public readonly struct ControlDelivery
{
    /// <summary>The route that brought the control.</summary>
    public ControlRoute Route { get; init; }

    /// <summary>The number of this attempt to apply the control, from 1 to 3: a control whose attempt failed comes again.</summary>
    public int Attempt { get; init; }
}
