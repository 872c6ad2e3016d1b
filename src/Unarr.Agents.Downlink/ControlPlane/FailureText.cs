using System.Net.Sockets;
using Unarr.Pipelines.Net;

namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>What cut a connection, as a fixed text: the runtime's messages quote what a peer has sent,
/// and that may be the key in any spelling.</summary>
internal static class FailureText
{
    /// <summary>Each address's failure where several were tried; else the name of the socket's error, of HTTP's,
    /// or of the exception.</summary>
    public static string Of(Exception exception) => exception.GetBaseException() switch
    {
        ConnectFailedException addresses => addresses.Message,
        SocketException socket => socket.SocketErrorCode.ToString(),
        { } other => Http(exception) ?? other.GetType().Name,
    };

    /// <summary>Why the application's own code gave no key: only the file system's messages are known to hold none.</summary>
    public static string OfKey(Exception exception) =>
        exception is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException
            ? exception.Message
            : exception.GetType().Name;

    /// <summary>What is no failure of the network, but a fault of whoever threw it.</summary>
    public static string OfFault(Exception exception) => $"a fault of the agent's own ({exception.GetType().Name}), see the log";

    private static string? Http(Exception? exception) => exception switch
    {
        null => null,
        HttpIOException { HttpRequestError: not HttpRequestError.Unknown } failure => failure.HttpRequestError.ToString(),
        HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } failure => failure.HttpRequestError.ToString(),
        _ => Http(exception.InnerException),
    };
}
