namespace Unarr.Agents.Downlink.Deciding;

/// <summary>Whether the long-poll is wanted from a stream's end until the next stream shows something.</summary>
internal enum PollWish
{
    /// <summary>As it was: the reconnect is near.</summary>
    Unchanged = 0,

    /// <summary>Not wanted.</summary>
    Stopped = 1,

    /// <summary>Wanted.</summary>
    Wanted = 2,

    /// <summary>Wanted, and asked at once although its delay is not over.</summary>
    AtOnce = 3,
}
