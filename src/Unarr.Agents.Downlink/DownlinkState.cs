namespace Unarr.Agents.Downlink;

/// <summary>The states of a downlink.</summary>
public enum DownlinkState
{
    /// <summary>The downlink was not started yet.</summary>
    Idle = 0,

    /// <summary>A stream is being opened, or is open and had no frame yet.</summary>
    Connecting = 1,

    /// <summary>Frames arrive on the stream.</summary>
    Live = 2,

    /// <summary>The stream is open and silent for longer than it should be.</summary>
    Suspect = 3,

    /// <summary>The long-poll runs and a stream is being tried alongside it.</summary>
    Probing = 4,

    /// <summary>The long-poll runs alone.</summary>
    Polling = 5,

    /// <summary>Nothing is open: the downlink waits until its next attempt is due.</summary>
    Waiting = 6,

    /// <summary>The control plane refuses the API key.</summary>
    Unauthorized = 7,

    /// <summary>The downlink has ended.</summary>
    Stopped = 8,

    /// <summary>The control plane says that this agent is gone (410, or an error code that says so),
    /// or the application has parked the agent after a refusal: nothing is open, and every endpoint is asked again every 15
    /// minutes.</summary>
    Refused = 9,
}
