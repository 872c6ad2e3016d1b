using System.Net;
using System.Net.Sockets;

namespace Unarr.Pipelines.Net;

/// <summary>Tells a proxy's failures from those of what is behind it. No text holds a user name or a password.</summary>
internal static class ProxyFailure
{
    /// <summary>Describes a failure that is the proxy's; <see langword="null"/> when it is not.</summary>
    /// <param name="exception">The failure.</param>
    /// <param name="proxy">The proxy that the request took, where it is known.</param>
    public static string? Describe(Exception exception, Uri? proxy)
    {
        if (TunnelError(exception) is { } tunnel)
        {
            return tunnel.StatusCode switch
            {
                HttpStatusCode.ProxyAuthenticationRequired => WantsAuthentication(proxy),
                { } status => $"{Name(proxy)} refused the connection (HTTP {(int)status})",
                null => $"{Name(proxy)} refused the connection",
            };
        }

        // Every connection of a request that takes a proxy is one to the proxy.
        return (proxy, exception.GetBaseException()) switch
        {
            (null, _) => null,
            (_, ConnectFailedException failure) => $"{Name(proxy)} cannot be reached: {failure.Message}",
            (_, SocketException
            {
                SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain or SocketError.NoRecovery
            }) => $"the name of {Name(proxy)} could not be resolved",
            _ => null,
        };
    }

    /// <summary>What 407 says.</summary>
    public static string WantsAuthentication(Uri? proxy) => $"{Name(proxy)} wants authentication (HTTP 407)";

    /// <summary>Adds the proxy to the description of a failure that may be anybody's on the way.</summary>
    public static string Through(string failure, Uri? proxy) => proxy is null ? failure : $"{failure} (through {Name(proxy)})";

    private static string Name(Uri? proxy) =>
        proxy is null ? "the proxy" : $"the proxy {proxy.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped)}";

    private static HttpRequestException? TunnelError(Exception? exception) => exception switch
    {
        null => null,
        HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } tunnel => tunnel,
        _ => TunnelError(exception.InnerException),
    };
}
