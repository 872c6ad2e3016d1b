using System.Net.Sockets;
using System.Security.Authentication;
using Unarr.Pipelines.Net;

namespace Unarr.Pipelines.Sse;

/// <summary>Tells what kept an answer from coming.</summary>
internal static class ConnectionFailure
{
    /// <summary>Returns how an attempt ended whose request threw.</summary>
    public static AttemptEnd EndOf(Exception exception) => exception switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => AttemptEnd.NotTrusted,
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } failure =>
            failure.GetBaseException() is AuthenticationException ? AttemptEnd.NotTrusted : AttemptEnd.NotConnected,
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.ProxyTunnelError } failure =>
            IsName(failure) ? AttemptEnd.NotTrusted : AttemptEnd.NotConnected,
        // SocketsHttpHandler.ConnectTimeout; that of HttpClient has the cancelling as its inner exception.
        OperationCanceledException { InnerException: TimeoutException { InnerException: null } } => AttemptEnd.NotConnected,
        OperationCanceledException { InnerException: TimeoutException } or TimeoutException => AttemptEnd.NoAnswer,
        HttpRequestException
        {
            HttpRequestError: HttpRequestError.UserAuthenticationError or HttpRequestError.VersionNegotiationError
            or HttpRequestError.ExtendedConnectNotSupported
        } => AttemptEnd.Fault,
        HttpRequestException or IOException or SocketException or OperationCanceledException => AttemptEnd.Broken,
        _ => AttemptEnd.Fault,
    };

    /// <summary>The reason that the exception of such an end has.</summary>
    public static SseError ErrorOf(AttemptEnd end) => end switch
    {
        AttemptEnd.NotConnected or AttemptEnd.NotTrusted or AttemptEnd.Broken => SseError.Connection,
        AttemptEnd.NoAnswer or AttemptEnd.Silent => SseError.Timeout,
        AttemptEnd.Cut or AttemptEnd.MarkerMissing => SseError.Interrupted,
        AttemptEnd.Redirected => SseError.Redirect,
        _ => SseError.Unknown,
    };

    /// <summary>What happened, without a word that the peer has sent.</summary>
    public static string Text(Exception exception) => exception.GetBaseException() is AuthenticationException untrusted
        ? untrusted.Message
        : FailureWords.Of(exception);

    private static bool IsName(Exception exception) => exception.GetBaseException() is SocketException
    {
        SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain or SocketError.NoRecovery
    };
}
