using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Unarr.Pipelines.Net;

namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>Tells failures that another mirror may not have from those that every mirror would give.</summary>
internal static class TransientFailure
{
    /// <summary>Whether a failed exchange may succeed on another mirror:
    /// everything but an answer that the control plane itself decided.</summary>
    /// <remarks>When every mirror failed, whether all of them did so.</remarks>
    /// <param name="exception">The failure.</param>
    public static bool IsTransient(ControlPlaneException exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return exception.Error switch
        {
            // "A 2xx whose body is not the protocol's, a redirect that is not followed."
            ControlPlaneError.HttpStatus => exception.StatusCode.GetValueOrDefault() is var status
                && (IsTransient(status) || IsRedirect(status) || (int)status is >= 200 and < 300),
            ControlPlaneError.AllMirrors => exception.Attempts.All(IsTransient),
            ControlPlaneError.ApiKey => false,
            _ => true,
        };
    }

    /// <summary>Whether a status is transient: 407, 408, 421, 425, 502, 503, 504, 511 and 520 to 530 (Cloudflare's) are.</summary>
    /// <param name="status">The status.</param>
    public static bool IsTransient(HttpStatusCode status) => (int)status is 407 or 408 or 421 or 425 or 502 or 503 or 504 or 511
        or (>= 520 and <= 530);

    internal static bool IsRedirect(HttpStatusCode status) => status is HttpStatusCode.MovedPermanently or HttpStatusCode.Found
        or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    /// <summary>Whether a request's connection ended instead of being answered, as one does whose keep-alive is over.</summary>
    internal static bool EndedWithoutAnswer(Exception? exception) => exception switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } => true,
        HttpRequestException { HttpRequestError: HttpRequestError.Unknown } failure => failure.GetBaseException() is SocketException
        {
            SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown
        },
        _ => false,
    };

    /// <summary>Tells what kept an exchange from succeeding. An exception that quotes the peer is not carried along: one that is no HTTP
    /// server may echo the request, key and all, and the runtime quotes what it cannot parse, in hexadecimal too. Nor is one that may quote
    /// a proxy's URL, with its password.</summary>
    /// <param name="uri">What was asked for.</param>
    /// <param name="exception">The failure.</param>
    /// <param name="key">The API key of the request.</param>
    /// <param name="proxy">The proxy that the request took, where it is known.</param>
    internal static ControlPlaneException Describe(Uri uri, Exception exception, string key, Uri? proxy = null)
    {
        if (ProxyFailure.Describe(exception, proxy) is { } failure)
        {
            return new ControlPlaneException(ControlPlaneError.Proxy, uri, failure);
        }

        ControlPlaneError error = Classify(exception);
        string message = ProxyFailure.Through(Text(error, exception), proxy);
        return FailureWords.IsQuoting(exception) || (key.Length > 0 && exception.ToString().Contains(key, StringComparison.Ordinal))
            ? new ControlPlaneException(error, uri, KeyRedaction.Redacted(message, key))
            : new ControlPlaneException(error, uri, message, exception);
    }

    private static string Text(ControlPlaneError error, Exception exception) => error switch
    {
        ControlPlaneError.NameResolution => "the host's name could not be resolved",
        ControlPlaneError.Tls => $"no secure connection: {Innermost(exception).Message}",
        ControlPlaneError.UnexpectedEnd => "the answer ended early, was not HTTP, or had headers above the bound",
        ControlPlaneError.Timeout => "no answer in time",
        _ => $"no connection: {FailureWords.Of(exception)}",
    };

    private static ControlPlaneError Classify(Exception exception) => exception switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => ControlPlaneError.NameResolution,
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => ControlPlaneError.Tls,
        HttpRequestException
        {
            HttpRequestError: HttpRequestError.ResponseEnded or HttpRequestError.InvalidResponse
            or HttpRequestError.HttpProtocolError or HttpRequestError.ConfigurationLimitExceeded
        } => ControlPlaneError.UnexpectedEnd,
        HttpIOException { HttpRequestError: not HttpRequestError.Unknown } => ControlPlaneError.UnexpectedEnd,
        AuthenticationException => ControlPlaneError.Tls,
        OperationCanceledException or TimeoutException => ControlPlaneError.Timeout,
        HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError,
            InnerException: not SocketException { SocketErrorCode: SocketError.TimedOut }
        }
            => ControlPlaneError.Connection,
        SocketException { SocketErrorCode: SocketError.TimedOut } => ControlPlaneError.Timeout,
        SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown } =>
            ControlPlaneError.UnexpectedEnd,
        { InnerException: { } inner } => Classify(inner),
        _ => ControlPlaneError.Connection,
    };

    private static Exception Innermost(Exception exception) => exception.GetBaseException();
}
