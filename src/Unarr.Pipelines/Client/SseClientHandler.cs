using System.Text;
using Unarr.Pipelines.Net;

namespace Unarr.Pipelines.Sse;

/// <summary>The handler that the client's rules need.</summary>
internal static class SseClientHandler
{
    /// <exception cref="ProxyVariableException">A proxy variable holds what cannot be used.</exception>
    public static SocketsHttpHandler Create() => new()
    {
        // The client follows redirects: a handler would carry a key to another origin.
        AllowAutoRedirect = false,
        // "Connect and TLS have 10 s."
        ConnectTimeout = TimeSpan.FromSeconds(10),
        ConnectCallback = static async (context, cancellationToken) => new LargeReadStream(
            await HostConnect.System.ConnectAsync(context.DnsEndPoint, cancellationToken).ConfigureAwait(false)),
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        // A stream that is closed is closed at once.
        ResponseDrainTimeout = TimeSpan.Zero,
        Proxy = GuardedProxy.Of(Environment.GetEnvironmentVariable),
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        KeepAlivePingDelay = TimeSpan.FromSeconds(15),
        KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
        EnableMultipleHttp2Connections = true,
        // "Last-Event-ID: UTF-8 on the wire."
        RequestHeaderEncodingSelector = static (name, _) =>
            name.Equals("Last-Event-ID", StringComparison.OrdinalIgnoreCase) ? Encoding.UTF8 : null,
    };
}
