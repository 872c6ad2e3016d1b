namespace Unarr.Pipelines.Sse;

/// <summary>What happens to a client.</summary>
internal enum ClientInputKind
{
    /// <summary>The first frames are asked for.</summary>
    Begin = 1,

    /// <summary>The next attempt's request has been made.</summary>
    Requested = 2,

    /// <summary>No request was made: there is to be no next attempt.</summary>
    Declined = 3,

    /// <summary>The answer is an event stream.</summary>
    Opened = 4,

    /// <summary>The stream sent a reconnection time.</summary>
    Told = 5,

    /// <summary>A comment came.</summary>
    Comment = 6,

    /// <summary>The attempt has ended.</summary>
    Ended = 7,

    /// <summary>The time of the next attempt has come.</summary>
    Due = 8,

    /// <summary>The caller wants no delay.</summary>
    Reconnect = 9,

    /// <summary>The caller wants no more.</summary>
    Close = 10,
}
