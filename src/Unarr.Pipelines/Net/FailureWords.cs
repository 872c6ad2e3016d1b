using System.Net.Sockets;

namespace Unarr.Pipelines.Net;

/// <summary>The names of the runtime's network errors as words for people.</summary>
/// <remarks>The runtime's own messages are not used: some quote what a peer has sent, some depend on the system's language.</remarks>
internal static class FailureWords
{
    /// <summary>The failure of each address where several were tried; otherwise words for the socket's or HTTP's error, or the name of the
    /// exception.</summary>
    public static string Of(Exception exception) => exception.GetBaseException() switch
    {
        ConnectFailedException addresses => addresses.Message,
        SocketException socket => Of(socket.SocketErrorCode),
        { } other => Http(exception) is { } error ? Of(error) : other.GetType().Name,
    };

    /// <summary>Whether the runtime's message quotes what the peer has sent.</summary>
    public static bool IsQuoting(Exception? exception) => exception switch
    {
        null => false,
        HttpIOException { HttpRequestError: HttpRequestError.InvalidResponse } => true,
        HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } => true,
        _ => IsQuoting(exception.InnerException),
    };

    public static string Of(SocketError error) => error switch
    {
        SocketError.AccessDenied => "access denied",
        SocketError.AddressAlreadyInUse => "address already in use",
        SocketError.AddressNotAvailable => "address not available",
        SocketError.ConnectionAborted => "connection aborted",
        SocketError.ConnectionRefused => "connection refused",
        SocketError.ConnectionReset => "connection reset",
        SocketError.HostDown => "host down",
        SocketError.HostNotFound or SocketError.NoData => "host not found",
        SocketError.HostUnreachable => "host unreachable",
        SocketError.NetworkDown => "network down",
        SocketError.NetworkReset => "connection reset by the network",
        SocketError.NetworkUnreachable => "network unreachable",
        SocketError.NoBufferSpaceAvailable => "no buffer space available",
        SocketError.NoRecovery or SocketError.TryAgain => "the name server did not answer",
        SocketError.Shutdown => "connection shut down",
        SocketError.TimedOut => "connection timed out",
        SocketError.TooManyOpenSockets => "too many open files",
        _ => $"socket error {(int)error}",
    };

    public static string Of(HttpRequestError error) => error switch
    {
        HttpRequestError.ConfigurationLimitExceeded => "the response passed a bound",
        HttpRequestError.ConnectionError => "the connection failed",
        HttpRequestError.ExtendedConnectNotSupported => "the server does not support extended CONNECT",
        HttpRequestError.HttpProtocolError => "the HTTP/2 or HTTP/3 connection failed",
        HttpRequestError.InvalidResponse => "the response was not valid HTTP",
        HttpRequestError.NameResolutionError => "the host's name could not be resolved",
        HttpRequestError.ProxyTunnelError => "the proxy opened no tunnel",
        HttpRequestError.ResponseEnded => "the response ended early",
        HttpRequestError.SecureConnectionError => "TLS failed",
        HttpRequestError.UserAuthenticationError => "authentication failed",
        HttpRequestError.VersionNegotiationError => "no common version of HTTP",
        _ => "the request failed",
    };

    private static HttpRequestError? Http(Exception? exception) => exception switch
    {
        null => null,
        HttpIOException { HttpRequestError: not HttpRequestError.Unknown } failure => failure.HttpRequestError,
        HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } failure => failure.HttpRequestError,
        _ => Http(exception.InnerException),
    };
}
