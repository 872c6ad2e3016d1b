using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Unarr.Pipelines.AspNetCore;

/// <summary>Makes a response an event stream that no cache or proxy on the way is to keep, change or hold back.</summary>
internal static class EventStreamHeaders
{
    public const string ContentType = "text/event-stream";

    /// <summary>Sets the headers and switches buffering off. Nothing is sent yet.</summary>
    public static void Prepare(HttpContext context)
    {
        context.Response.ContentType = ContentType;
        context.Response.Headers.CacheControl = "no-cache, no-transform";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
    }

    /// <summary>The same for a stream that cuts slow readers itself: the server's own rule for them is off.</summary>
    public static void PrepareUnpaced(HttpContext context)
    {
        Prepare(context);
        context.Features.Get<IHttpMinResponseDataRateFeature>()?.MinDataRate = null;
    }
}
