using System.Net.Sockets;
using Unarr.Pipelines.Net;

namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>What cut a connection, as a fixed text: the runtime's messages quote what a peer has sent,
/// and that may be the key in some encoding.</summary>
internal static class FailureText
{
    /// <summary>The failure of each address where several were tried; otherwise words for the socket's or HTTP's error,
    /// or the name of the exception.</summary>
    public static string Of(Exception exception) => exception.GetBaseException() switch
    {
        ConnectFailedException addresses => addresses.Message,
        SocketException socket => FailureWords.Of(socket.SocketErrorCode),
        { } other => Http(exception) ?? other.GetType().Name,
    };

    /// <summary>Why the application's own code returned no key. Only messages of the file system are known to hold no key.</summary>
    public static string OfKey(Exception exception) =>
        exception is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException
            ? exception.Message
            : exception.GetType().Name;

    /// <summary>A failure that is not the network's but of the code that threw it.</summary>
    public static string OfFault(Exception exception) => $"an internal error ({exception.GetType().Name}); see the log";

    private static string? Http(Exception? exception) => exception switch
    {
        null => null,
        HttpIOException { HttpRequestError: not HttpRequestError.Unknown } failure => FailureWords.Of(failure.HttpRequestError),
        HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } failure => FailureWords.Of(failure.HttpRequestError),
        _ => Http(exception.InnerException),
    };
}
