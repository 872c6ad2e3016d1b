namespace Unarr.Agents.Downlink.Deciding;

/// <summary>How long to wait for the next attempt.</summary>
internal enum AttemptRule
{
    /// <summary>One to two times the reconnect delay.</summary>
    Reconnect = 0,

    /// <summary>Doubling from the reconnect delay to 30 s, between half and all of it; <c>Retry-After</c> outranks it.</summary>
    Backoff = 1,

    /// <summary>As <see cref="Backoff"/>, or up to half the time since anything last came, if that is longer; 30 s at most.</summary>
    Outage = 2,

    /// <summary>The window, 10 % shorter or longer; a longer <c>Retry-After</c> outranks it.</summary>
    Window = 3,

    /// <summary>30 s, doubling to 15 min, with jitter.</summary>
    Refused = 4,

    /// <summary>15 min.</summary>
    Gone = 5,
}
