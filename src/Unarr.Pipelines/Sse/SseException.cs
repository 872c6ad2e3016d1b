using System.Net;

namespace Unarr.Pipelines.Sse;

/// <summary>An event stream failed. The exception holds the reason, the place and the server's answer.</summary>
/// <remarks>The frames that arrived earlier were delivered; an event that passed a bound is not delivered. The stream is finished: each
/// later call throws again, with the same reason.</remarks>
public sealed class SseException : IOException
{
    /// <summary>Makes an exception, so that a test can let a stream fail.</summary>
    /// <param name="error">The reason.</param>
    /// <param name="message">The message, for people.</param>
    /// <param name="innerException">The exception that caused this one.</param>
    public SseException(SseError error, string message, Exception? innerException = null)
        : base(message, innerException) => Error = error;

    /// <summary>The reason.</summary>
    public SseError Error { get; }

    /// <summary>The status of the server's answer; <see langword="null"/> when there was no answer.</summary>
    public HttpStatusCode? StatusCode { get; init; }

    /// <summary>The address that was asked, without a user name and a password; <see langword="null"/> when it is not known.</summary>
    public Uri? Uri { get; init; }

    /// <summary>The first 1,024 bytes of the answer's body as text, which the message quotes too;
    /// <see langword="null"/> when no body was read.</summary>
    public string? ResponseBody { get; init; }

    /// <summary>The bound that was passed, in bytes; <see langword="null"/> when no bound was passed.</summary>
    public int? Limit { get; init; }

    /// <summary>The offset from the start of the stream of the first byte of the line that passed the bound;
    /// <see langword="null"/> when no bound was passed.</summary>
    public long? Offset { get; init; }

    internal static SseException BoundPassed(SseError error, int limit, long offset) =>
        new(error, error switch
        {
            SseError.LineTooLong => $"The line at offset {offset} of the event stream passed the bound of {limit} bytes a line.",
            _ => $"The data line at offset {offset} of the event stream passed the bound of {limit} bytes an event.",
        })
        {
            Limit = limit,
            Offset = offset,
        };
}
