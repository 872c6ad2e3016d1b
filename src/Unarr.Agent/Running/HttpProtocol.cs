namespace Unarr.Agent.Running;

/// <summary>Which version of HTTP is asked for.</summary>
internal enum HttpProtocol
{
    /// <summary>HTTP/1.1.</summary>
    Http11 = 0,

    /// <summary>HTTP/2 where TLS negotiates it, otherwise HTTP/1.1.</summary>
    Http2,
}
