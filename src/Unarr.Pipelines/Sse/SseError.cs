namespace Unarr.Pipelines.Sse;

/// <summary>The ways in which an event stream fails.</summary>
public enum SseError
{
    /// <summary>The reason is not known.</summary>
    Unknown = 0,

    /// <summary>A line passed <see cref="SseReaderOptions.MaxLineBytes"/>.</summary>
    LineTooLong = 1,

    /// <summary>The joined data of an event passed <see cref="SseReaderOptions.MaxEventBytes"/>.</summary>
    EventTooLarge = 2,

    /// <summary>No connection could be made.</summary>
    Connection = 3,

    /// <summary>The server did not answer in time, or the stream was silent for too long.</summary>
    Timeout = 4,

    /// <summary>The server answered with a status other than 200.</summary>
    Status = 5,

    /// <summary>The server's answer is not an event stream that can be read: it has another media type, or a content
    /// encoding.</summary>
    MediaType = 6,

    /// <summary>The stream broke off, or ended without its end marker.</summary>
    Interrupted = 7,

    /// <summary>The server redirected to an address that is not followed.</summary>
    Redirect = 8,
}
