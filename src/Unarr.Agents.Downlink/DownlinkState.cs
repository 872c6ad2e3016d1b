namespace Unarr.Agents.Downlink;

/// <summary>What a downlink is doing.</summary>
public enum DownlinkState
{
    /// <summary>A stream is being opened, or is open without a frame.</summary>
    Connecting = 0,

    /// <summary>Frames arrive on the stream.</summary>
    Live,

    /// <summary>The stream is open and silent for longer than it should be.</summary>
    Suspect,

    /// <summary>The long-poll runs and a stream is being tried beside it.</summary>
    Probing,

    /// <summary>The long-poll runs alone.</summary>
    Polling,

    /// <summary>Nothing is open: the next attempt is waited for.</summary>
    Waiting,

    /// <summary>The control plane refuses the API key.</summary>
    Unauthorized,

    /// <summary>The downlink has ended.</summary>
    Stopped,

    /// <summary>The control plane says that this agent is gone (410, or an error code that says so): nothing is open, and everything is
    /// asked again every 15 minutes.</summary>
    Refused,
}
