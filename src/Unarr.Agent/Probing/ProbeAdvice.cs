namespace Unarr.Agent.Probing;

/// <summary>What to change, by verdict.</summary>
internal static class ProbeAdvice
{
    public const string Prelude = "server: a comment of 2 KiB at the start of the stream is enough to get this path's buffer out of the way.";

    private static readonly string[] Unbuffer =
    [
        "nginx: proxy_buffering off; proxy_cache off; gzip off; proxy_http_version 1.1; proxy_read_timeout 1h; (or the server sends X-Accel-Buffering: no)",
        "HAProxy: no option http-buffer-response; no compression for text/event-stream; timeout server and timeout tunnel above the heartbeat interval",
        "CDN: no caching, no compression and no response buffering for this path (Cache-Control: no-cache, no-transform), or a host name that bypasses it",
    ];

    private static readonly string[] Speed =
    [
        "nginx: proxy_buffering off; gzip off; tcp_nodelay on;",
        "HAProxy: no option http-buffer-response; no compression for text/event-stream; option http-no-delay",
        "CDN: no response buffering for this path, or a host name that bypasses it",
    ];

    private static readonly string[] Address =
    [
        "nginx: a location for this path that proxies to the server, ahead of any page that catches everything",
        "HAProxy: an acl for this path, with a use_backend for it",
        "CDN: no redirect, challenge page or error page for this path, and no compression (Cache-Control: no-transform)",
    ];

    private static readonly string[] Connection =
    [
        "host name, port and firewall; a proxy that is needed is given by the environment's https_proxy",
        "certificate: a private authority is given by --ca-file, or is among the system's",
    ];

    public static IReadOnlyList<string> For(ProbeVerdict verdict) => verdict switch
    {
        ProbeVerdict.Streams => [],
        ProbeVerdict.Delayed => Speed,
        ProbeVerdict.NoStream => Address,
        ProbeVerdict.Unreachable => Connection,
        _ => Unbuffer,
    };
}
