namespace Unarr.Agents.Downlink.Deciding;

/// <summary>How a stream ended.</summary>
internal enum StreamEnd
{
    /// <summary>The server ended it properly.</summary>
    Proper = 0,

    /// <summary>It broke off.</summary>
    Cut,

    /// <summary>A line or an event passed its bound.</summary>
    BoundPassed,

    /// <summary>It could not be opened.</summary>
    NotOpened,

    /// <summary>The server has no stream (404, 501).</summary>
    NotOffered,

    /// <summary>The API key is refused (401, 403).</summary>
    Unauthorized,

    /// <summary>This agent is gone (410, or an error code that says so).</summary>
    Gone,

    /// <summary>The exchange itself has a fault: what it threw is nobody's on the network.</summary>
    Faulted,
}
