namespace Unarr.Agents.Downlink.Hosting;

/// <summary>How an agent can be reached, as far as its health is concerned.</summary>
internal enum Cover
{
    /// <summary>Not at all, for now.</summary>
    None = 0,

    /// <summary>Over a stream on which frames arrive as they should.</summary>
    Stream,

    /// <summary>Over the long-poll.</summary>
    Poll,

    /// <summary>Not at all: the API key is refused.</summary>
    Refused,

    /// <summary>Not at all: the control plane says that this agent is gone.</summary>
    Gone,

    /// <summary>Not any more: the downlink has ended.</summary>
    Stopped,
}
