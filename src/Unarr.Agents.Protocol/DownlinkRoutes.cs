namespace Unarr.Agents.Protocol;

/// <summary>The routes that a downlink has open for pushes.</summary>
[Flags]
public enum DownlinkRoutes
{
    /// <summary>No route: only syncs bring controls.</summary>
    None = 0,

    /// <summary>The event stream.</summary>
    Stream = 1,

    /// <summary>The long-poll.</summary>
    LongPoll = 2,
}
