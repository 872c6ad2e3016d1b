namespace Unarr.Agents.Downlink;

/// <summary>The routes that a downlink may use.</summary>
public enum DownlinkMode
{
    /// <summary>The event stream, and the long-poll where the stream does not get through. The default.</summary>
    Auto = 0,

    /// <summary>The event stream only, without a fallback.</summary>
    Stream = 1,

    /// <summary>The long-poll only.</summary>
    LongPoll = 2,
}
