namespace Unarr.Agents.Downlink.Hosting;

/// <summary>Which version of HTTP the downlink asks for.</summary>
public enum AgentDownlinkHttpVersion
{
    /// <summary>HTTP/1.1. The default.</summary>
    Http11 = 0,

    /// <summary>HTTP/2 where TLS negotiates it, otherwise HTTP/1.1.</summary>
    Http2,
}
