
namespace Unarr.Agents.Hub.Web;

/// <summary>A request that is refused, and what its sender is told.</summary>
internal sealed class RequestException(int status, string message, Exception? innerException = null) : Exception(message, innerException)
{
    public int Status => status;

    /// <summary>When it may be tried again, if that is known.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
