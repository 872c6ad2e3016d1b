using System.Net;

namespace Unarr.Pipelines.Http;

/// <summary>An exchange with the control plane failed. Its texts never hold the API key.</summary>
public sealed class ControlPlaneException : IOException
{
    internal ControlPlaneException(ControlPlaneError error, Uri uri, string message, Exception? innerException = null)
        : base($"{uri}: {message}", innerException)
    {
        Error = error;
        Uri = uri;
        Attempts = [this];
    }

    internal ControlPlaneException(IReadOnlyList<ControlPlaneException> attempts)
        : base($"Every mirror failed: {string.Join("; ", attempts.Select(attempt => attempt.Message))}", attempts[^1])
    {
        Error = ControlPlaneError.AllMirrors;
        Uri = attempts[^1].Uri;
        Attempts = attempts;
        StatusCode = attempts[^1].StatusCode;
        // One that asked for nothing may be asked at any time; one that asked for more is left alone by its cursor.
        RetryAfter = attempts.All(attempt => attempt.RetryAfter is not null) ? attempts.Min(attempt => attempt.RetryAfter) : null;
    }

    /// <summary>What went wrong.</summary>
    public ControlPlaneError Error { get; }

    /// <summary>What was asked for.</summary>
    public Uri Uri { get; }

    /// <summary>The status of an answer that was an HTTP error; of the last mirror when every one failed.</summary>
    public HttpStatusCode? StatusCode { get; internal init; }

    /// <summary>How long the server asked to be left alone (<c>Retry-After</c> on 429 and 503), at most 5 minutes; when every mirror failed, the
    /// shortest time after which one may be asked again.</summary>
    public TimeSpan? RetryAfter { get; internal init; }

    /// <summary>Whether a long-poll was held for 5 s or more and then cut: "an answer 'no wake'".</summary>
    internal bool WasHeld { get; set; }

    /// <summary>Whether the answer was cut off, or given up by what stands before the server.</summary>
    internal bool IsCut => Error == ControlPlaneError.UnexpectedEnd || StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.GatewayTimeout;

    /// <summary>What happened on each mirror that was tried, in order.</summary>
    public IReadOnlyList<ControlPlaneException> Attempts { get; internal set; }

    /// <summary>Whether another mirror, or the same one later, may do better.</summary>
    public bool IsTransient => TransientFailure.IsTransient(this);
}
