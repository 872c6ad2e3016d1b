namespace Unarr.Agents.Downlink.Deciding;

/// <summary>The standing of a path, over all its streams.</summary>
internal enum Standing
{
    /// <summary>Streams are tried again with growing delays.</summary>
    Normal = 0,

    /// <summary>The long-poll has the window; each attempt at its end is one probe.</summary>
    Window = 1,

    /// <summary>Streams and polls failed alike: it says nothing about streams.</summary>
    Outage = 2,

    /// <summary>The API key is refused.</summary>
    Unauthorized = 3,

    /// <summary>The control plane says that this agent is gone.</summary>
    Gone = 4,
}
