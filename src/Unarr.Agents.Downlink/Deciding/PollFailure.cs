namespace Unarr.Agents.Downlink.Deciding;

/// <summary>How a long-poll failed.</summary>
internal enum PollFailure
{
    /// <summary>It was not answered, or with an error.</summary>
    Failed = 0,

    /// <summary>It was held and then cut: that is an answer.</summary>
    Cut,

    /// <summary>The API key is refused (401, 403).</summary>
    Unauthorized,

    /// <summary>This agent is gone (410, or an error code that says so).</summary>
    Gone,

    /// <summary>The exchange itself has a fault: what it threw is nobody's on the network.</summary>
    Faulted,
}
