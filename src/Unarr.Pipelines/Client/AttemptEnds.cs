namespace Unarr.Pipelines.Sse;

/// <summary>Names the ends of attempts.</summary>
internal static class AttemptEnds
{
    /// <summary>Returns what an answer's status makes of an attempt; <see cref="AttemptEnd.None"/> for 200, whose body decides.</summary>
    public static AttemptEnd OfStatus(int status) => status switch
    {
        200 => AttemptEnd.None,
        204 => AttemptEnd.NoContent,
        301 or 302 or 303 or 307 or 308 => AttemptEnd.Redirected,
        401 or 403 => AttemptEnd.Refused,
        408 or 500 or 502 or 504 => AttemptEnd.Unavailable,
        425 or 429 or 503 => AttemptEnd.Busy,
        _ => AttemptEnd.Status,
    };

    /// <summary>Whether it is a failure, which has an exception.</summary>
    public static bool IsFailure(AttemptEnd end) => end is not (AttemptEnd.None or AttemptEnd.Proper or AttemptEnd.Marker or AttemptEnd.Json
        or AttemptEnd.NoContent or AttemptEnd.Dropped);

    /// <summary>Returns why a client has ended, whose last attempt ended so.</summary>
    public static SseEndReason Reason(AttemptEnd end) => end switch
    {
        AttemptEnd.Marker => SseEndReason.Marker,
        AttemptEnd.NoContent => SseEndReason.NoContent,
        _ => SseEndReason.EndOfStream,
    };
}
