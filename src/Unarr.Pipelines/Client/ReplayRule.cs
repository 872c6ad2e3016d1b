using System.Collections.Frozen;

namespace Unarr.Pipelines.Sse;

/// <summary>Decides which requests may be sent again.</summary>
internal static class ReplayRule
{
    /// <summary>RFC 9110, section 9.2.2, and the idempotent ones of the HTTP Method Registry that read. A method that is not known is
    /// taken for one that is not idempotent.</summary>
    private static readonly FrozenSet<string> Idempotent = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "PROPFIND", "REPORT", "SEARCH", "QUERY");

    /// <summary>Returns whether a request of this method may be sent again.</summary>
    /// <param name="replay">The option.</param>
    /// <param name="method">The request's method.</param>
    /// <param name="hasLastEventId">Whether the stream has a last event id.</param>
    public static bool MayBeSentAgain(SseReplay replay, string method, bool hasLastEventId) => replay switch
    {
        SseReplay.Never => false,
        SseReplay.Always => true,
        SseReplay.WithLastEventId when hasLastEventId => true,
        _ => Idempotent.Contains(method),
    };
}
