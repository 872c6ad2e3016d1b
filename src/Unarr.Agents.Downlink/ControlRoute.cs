namespace Unarr.Agents.Downlink;

/// <summary>The route by which a control came.</summary>
public enum ControlRoute
{
    /// <summary>The route is not known.</summary>
    Unknown = 0,

    /// <summary>A <c>command</c> event on the stream.</summary>
    Stream = 1,

    /// <summary>The answer to a sync.</summary>
    Sync = 2,
}
