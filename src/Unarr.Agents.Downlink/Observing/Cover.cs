namespace Unarr.Agents.Downlink.Observing;

/// <summary>What covers an agent: by what a push reaches it, or why none does.</summary>
internal enum Cover
{
    /// <summary>Nothing, for now.</summary>
    None = 0,

    /// <summary>A stream on which frames arrive as they should.</summary>
    Stream = 1,

    /// <summary>The long-poll, which was answered since polling began.</summary>
    LongPoll = 2,

    /// <summary>Nothing: the API key is refused.</summary>
    Refused = 3,

    /// <summary>Nothing: the control plane says that this agent is gone.</summary>
    Gone = 4,

    /// <summary>Nothing any more: the downlink has ended.</summary>
    Stopped = 5,
}
