using System.Net;
using System.Net.Sockets;

namespace Unarr.Pipelines.Net;

/// <summary>No address of a host accepted a connection. The message holds addresses and words for socket errors, nothing else.</summary>
internal sealed class ConnectFailedException : SocketException
{
    private const int MaxNamed = 4;

    /// <param name="attempts">The attempts in the order of their failures; at least one.</param>
    public ConnectFailedException(IReadOnlyList<(IPAddress Address, Exception Failure)> attempts)
        : base((int)(attempts[^1].Failure is SocketException last ? last.SocketErrorCode : SocketError.SocketError), Text(attempts))
    {
    }

    private static string Text(IReadOnlyList<(IPAddress Address, Exception Failure)> attempts)
    {
        if (attempts.Count == 1)
        {
            return Text(attempts[0].Failure);
        }

        string named = string.Join(", ", attempts.Take(MaxNamed).Select(attempt => $"{attempt.Address}: {Text(attempt.Failure)}"));
        return attempts.Count > MaxNamed ? $"{named} and {attempts.Count - MaxNamed} more" : named;
    }

    private static string Text(Exception failure) =>
        failure is SocketException socket ? FailureWords.Of(socket.SocketErrorCode) : failure.GetType().Name;
}
