using System.Net;
using System.Security.Cryptography.X509Certificates;
using Unarr.Pipelines.Net;

namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>How the client's connections are made and kept.</summary>
internal sealed class ControlPlaneHandler
{
    /// <summary>How long a connection may take, with name resolution and TLS.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Yields a variable of the environment; the proxy's are read.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>Connects.</summary>
    public HostConnect Connect { get; init; } = HostConnect.System;

    /// <summary>After which silence an HTTP/2 connection is asked whether it lives.</summary>
    public TimeSpan PingDelay { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long that may stay unanswered.</summary>
    public TimeSpan PingTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <exception cref="ProxyVariableException">A proxy variable holds what cannot be used.</exception>
    public SocketsHttpHandler Create()
    {
        HostConnect connect = Connect;
        return new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = ConnectTimeout,
            ConnectCallback = (context, cancellationToken) => connect.ConnectAsync(context.DnsEndPoint, cancellationToken),
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            // A stream or poll that is closed is closed at once.
            ResponseDrainTimeout = TimeSpan.Zero,
            Proxy = GuardedProxy.Of(Environment),
            // A connection that died in silence between two syncs is found too, before the next one takes it.
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always,
            KeepAlivePingDelay = PingDelay,
            KeepAlivePingTimeout = PingTimeout,
            // Where a server allows one request a connection, a held poll must not hold up a sync.
            EnableMultipleHttp2Connections = true,
            // A certificate that nobody trusts yet names addresses: none of them is asked.
            SslOptions =
            {
                CertificateChainPolicy = new X509ChainPolicy
                {
                    DisableCertificateDownloads = true,
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            },
        };
    }
}
