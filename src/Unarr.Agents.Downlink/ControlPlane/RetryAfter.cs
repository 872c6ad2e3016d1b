using System.Net;
using Unarr.Pipelines.Sse;

namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>How long a server asks to be left alone.</summary>
internal static class RetryAfter
{
    /// <summary>"On 429 and 503 … at most 5 minutes."</summary>
    /// <returns><see langword="null"/> when it does not ask, or for nothing that makes sense.</returns>
    public static TimeSpan? Of(HttpResponseMessage response, DateTimeOffset now) =>
        response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable
            ? RetryAfterHeader.Parse(RawFields.Of(response.Headers, "Retry-After"), RawFields.Of(response.Headers, "Date"), now)
            : null;
}
