namespace Unarr.Agent.Probing;

/// <summary>What to change, by verdict.</summary>
internal static class ProbeAdvice
{
    public const string Prelude =
        "server: a comment of 2 KiB at the start of the stream is enough to get this path's buffer out of the way.";

    private const int ProxyWantsCredentials = 407;

    private static readonly string[] Unbuffer =
    [
        "nginx: proxy_buffering off; proxy_cache off; gzip off; proxy_http_version 1.1; proxy_read_timeout 1h; "
            + "(or the server sends X-Accel-Buffering: no)",
        "HAProxy: no option http-buffer-response; no compression for text/event-stream; "
            + "timeout server and timeout tunnel above the heartbeat interval",
        "CDN: no caching, no compression and no response buffering for this path (Cache-Control: no-cache, no-transform), "
            + "or a host name that bypasses it",
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
        "check host name, port and firewall; where a proxy is needed, set https_proxy in the environment",
        "certificate: for a private authority use --ca-file, or add it to the system's",
    ];

    private static readonly string[] Key =
    [
        "key: --api-key-file FILE, or UNARR_API_KEY in the environment; it must be the key that the control plane has for this agent",
        "another endpoint's key: --header 'Authorization: Bearer …', or whichever header that endpoint wants",
    ];

    private static readonly string[] Proxy =
    [
        "proxy: put its user and password into https_proxy or http_proxy in the environment, as in http://USER:PASSWORD@HOST:PORT",
        "or let this host bypass the proxy: no_proxy names the hosts that need none",
    ];

    private static readonly string[] Silence =
    [
        "server: a comment each 15 seconds, announced in the first one (hb=15000), makes the verdict certain",
        "or probe a control plane's own address, with the agent's key: a known rhythm measures the path",
    ];

    private static readonly string[] Inspection =
    [
        "antivirus or inspecting proxy: an exception for this host; it passes a piece on when the next one comes",
        "server: a comment in a write of its own right after each event pushes the event through",
    ];

    /// <summary>What to change after a verdict on what was seen.</summary>
    public static IReadOnlyList<string> For(ProbeVerdict verdict, ProbeObservation seen) => verdict switch
    {
        ProbeVerdict.NoStream when seen.Status is 401 or 403 => Key,
        ProbeVerdict.NoStream or ProbeVerdict.Unreachable when seen.Status == ProxyWantsCredentials => Proxy,
        ProbeVerdict.Streams => [],
        ProbeVerdict.Delayed => Speed,
        ProbeVerdict.NoStream => Address,
        ProbeVerdict.Unreachable => Connection,
        ProbeVerdict.Unknown => Silence,
        ProbeVerdict.OnePieceBehind => Inspection,
        _ => Unbuffer,
    };
}
