namespace Unarr.Agents.Downlink;

/// <summary>The way by which a control came.</summary>
public enum ControlSource
{
    /// <summary>A <c>command</c> event on the stream.</summary>
    Sse = 0,

    /// <summary>A sync's answer.</summary>
    Sync,
}
