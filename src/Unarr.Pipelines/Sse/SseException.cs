namespace Unarr.Pipelines.Sse;

/// <summary>A peer's event stream passed a bound. The stream is finished: every later call reports the same error.</summary>
/// <remarks>The frames before it have been delivered; the event that passed the bound is not.</remarks>
public sealed class SseException : IOException
{
    internal SseException(SseError error, int limit, long offset)
        : base(error switch
        {
            SseError.LineTooLong => $"The line at offset {offset} of the event stream passed the bound of {limit} bytes a line.",
            _ => $"The data line at offset {offset} of the event stream passed the bound of {limit} bytes an event.",
        })
    {
        Error = error;
        Limit = limit;
        Offset = offset;
    }

    /// <summary>Which bound was passed.</summary>
    public SseError Error { get; }

    /// <summary>The bound, in bytes.</summary>
    public int Limit { get; }

    /// <summary>Where the line that passed the bound begins: the offset of its first byte from the start of the stream.</summary>
    public long Offset { get; }
}
