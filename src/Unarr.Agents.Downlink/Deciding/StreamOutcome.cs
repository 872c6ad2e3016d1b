namespace Unarr.Agents.Downlink.Deciding;

/// <summary>What a stream was, once it has ended: the rows of the table in docs/downlink.md, "When a stream has ended".</summary>
internal enum StreamOutcome
{
    /// <summary>The stream lived for 60 s or more.</summary>
    Stable = 0,

    /// <summary>The server ended the stream properly, after a heartbeat interval or more.</summary>
    Recycled = 1,

    /// <summary>The stream was none of the others.</summary>
    Unhealthy = 2,

    /// <summary>The stream was unhealthy, and so were those before it: it is the third in a row, or a later one.</summary>
    Repeated = 3,

    /// <summary>The server has no stream.</summary>
    NotOffered = 4,

    /// <summary>The stream was unhealthy while the long-poll failed too.</summary>
    Outage = 5,

    /// <summary>The API key is refused.</summary>
    Unauthorized = 6,

    /// <summary>The control plane says that this agent is gone.</summary>
    Gone = 7,
}
