using System.Net;

namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>An exchange with the control plane failed. Its texts never hold the API key.</summary>
internal sealed class ControlPlaneException : IOException
{
    internal ControlPlaneException(ControlPlaneError error, Uri uri, string message, Exception? innerException = null)
        : base($"{uri}: {message}", innerException)
    {
        Error = error;
        Uri = uri;
        Attempts = [this];
    }

    /// <param name="attempts">What happened on each mirror.</param>
    /// <param name="refusal">The first of them that refused the key, if one did: it is the answer, the others merely failed.</param>
    internal ControlPlaneException(IReadOnlyList<ControlPlaneException> attempts, ControlPlaneException? refusal = null)
        : base($"Every mirror failed: {string.Join("; ", attempts.Select(attempt => attempt.Message))}", attempts[^1])
    {
        Error = ControlPlaneError.AllMirrors;
        ControlPlaneException told = refusal ?? attempts[^1];
        Uri = told.Uri;
        Mirror = told.Mirror;
        Attempts = attempts;
        StatusCode = told.StatusCode;
        Code = told.Code;
        ServerMessage = told.ServerMessage;
        Details = told.Details;
        RefusedKey = told.RefusedKey;
        // One that asked for nothing may be asked at any time; one that asked for more is left alone by its cursor.
        RetryAfter = attempts.All(attempt => attempt.RetryAfter is not null) ? attempts.Min(attempt => attempt.RetryAfter) : null;
    }

    /// <summary>What went wrong.</summary>
    public ControlPlaneError Error { get; }

    /// <summary>What was asked for.</summary>
    public Uri Uri { get; }

    /// <summary>The status of an answer that was an HTTP error; when every mirror failed, of the first that refused the key, else of the
    /// last.</summary>
    public HttpStatusCode? StatusCode { get; internal init; }

    /// <summary>The code of an HTTP error whose body is <c>{"error":"CODE",…}</c>;
    /// <see langword="null"/> when the body names none.</summary>
    public string? Code { get; internal init; }

    /// <summary>The message of such an error; <see langword="null"/> when it has none.</summary>
    public string? ServerMessage { get; internal init; }

    /// <summary>The details of such an error as compact JSON; empty when it has none.</summary>
    public ReadOnlyMemory<byte> Details { get; internal init; }

    /// <summary>How long the server asked to be left alone (<c>Retry-After</c> on 429 and 503), at most 5 minutes;
    /// when every mirror failed, the shortest time after which one may be asked again.</summary>
    public TimeSpan? RetryAfter { get; internal init; }

    /// <summary>Whether a long-poll was held for 5 s or more and then cut: "an answer 'no wake'".</summary>
    internal bool WasHeld { get; set; }

    /// <summary>The mirror that failed.</summary>
    internal Uri? Mirror { get; set; }

    /// <summary>The mark of the key that was refused (401, 403): it tells whether another one was accepted since.</summary>
    internal KeyStamp? RefusedKey { get; init; }

    /// <summary>Whether a held long-poll was cut off, or given up by what stands before the server:
    /// "any 5xx without Retry-After".</summary>
    internal bool IsCut => Error == ControlPlaneError.UnexpectedEnd
        || (RetryAfter is null && StatusCode is HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError);

    /// <summary>Whether the control plane has decided against this exchange, and has not said when to come again.</summary>
    internal bool IsRefusal => StatusCode is >= HttpStatusCode.BadRequest and { } status && !TransientFailure.IsTransient(status)
        && RetryAfter is null;

    /// <summary>Whether the control plane has decided that this agent is gone.</summary>
    internal bool IsGone => StatusCode is { } status && !TransientFailure.IsTransient(status)
        && (status == HttpStatusCode.Gone || GoneCode.Is(Code));

    /// <summary>What happened on each mirror that was tried, in order.</summary>
    public IReadOnlyList<ControlPlaneException> Attempts { get; internal set; }

    /// <summary>Whether another mirror, or the same one later, may do better.</summary>
    public bool IsTransient => TransientFailure.IsTransient(this);
}
