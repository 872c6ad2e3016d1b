namespace Unarr.Pipelines.Sse;

/// <summary>The proper ends of a client, which are not failures.</summary>
public enum SseEndReason
{
    /// <summary>It has not ended, or it has failed.</summary>
    None = 0,

    /// <summary>The stream's end marker came.</summary>
    Marker = 1,

    /// <summary>The server ended the stream, and the request is not sent again.</summary>
    EndOfStream = 2,

    /// <summary>The server answered with status 204, "no content": it wants no further request.</summary>
    NoContent = 3,

    /// <summary><see cref="SseClient.Close"/> was called, or the client was disposed.</summary>
    Closed = 4,
}
