using System.Globalization;
using Unarr.Agents.Hub.Lines;
using Unarr.Agents.Hub.Messages;

namespace Unarr.Agents.Hub.Web;

/// <summary>Gives every error of a request a JSON body.</summary>
internal sealed class RequestErrors(PeerFaults peerFaults, ILogger<RequestErrors> logger)
{
    private static readonly TimeSpan StoreRetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>What is said of a store that cannot be used.</summary>
    public static string StoreFailure(ControlStoreException exception) => $"The store cannot be used: {exception.Message}.";

    /// <summary>Answers what a request's handler throws.</summary>
    public RequestDelegate Guard(RequestDelegate next) => async context =>
    {
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            await AnswerAsync(context, exception).ConfigureAwait(false);
        }
    };

    /// <summary>Answers an exception of a request's handler, or logs it where there is nobody to answer.</summary>
    public Task AnswerAsync(HttpContext context, Exception exception)
    {
        switch (exception)
        {
            case RequestException refusal when !context.Response.HasStarted:
                return AnswerAsync(context, refusal);
            case ControlStoreException failure when !context.Response.HasStarted:
                return AnswerAsync(context, failure);
            case OperationCanceledException or IOException when context.RequestAborted.IsCancellationRequested:
                // The client has gone: there is nobody to answer, and nothing went wrong here.
                HubLog.ClientGone(logger, Printable.Text(context.Request.Path));
                return Task.CompletedTask;
            case IOException unreadable:
                // Whatever the server throws while it reads a request or writes an answer is about the client's end.
                peerFaults.Report(context.Connection.RemoteIpAddress, unreadable);
                return RefuseAsync(context, unreadable);
            default:
                HubLog.RequestFailed(logger, exception, Printable.Text(context.Request.Path));
                return AnswerAsync(context, StatusCodes.Status500InternalServerError, "Internal error.");
        }
    }

    /// <summary>Answers a failure of the store.</summary>
    public static Task AnswerAsync(HttpContext context, ControlStoreException failure)
    {
        // The store's own log has it, once and not for each request.
        SetRetryAfter(context, StoreRetryAfter);
        return failure.ControlIds.Count > 0
            ? JsonBody.WriteAsync(
                context, StatusCodes.Status503ServiceUnavailable, new NotKnownView(StoreFailure(failure), failure.ControlIds),
                HubJsonContext.Default.NotKnownView)
            : JsonBody.WriteErrorAsync(context, StatusCodes.Status503ServiceUnavailable, StoreFailure(failure));
    }

    public static void SetRetryAfter(HttpContext context, TimeSpan wait) =>
        context.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    private static Task AnswerAsync(HttpContext context, RequestException refusal)
    {
        if (refusal.RetryAfter is { } wait)
        {
            SetRetryAfter(context, wait);
        }

        if (refusal.Status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }

        return JsonBody.WriteErrorAsync(context, refusal.Status, refusal.Message);
    }

    private static Task RefuseAsync(HttpContext context, IOException exception)
    {
        // What is left of the body cannot be told from a next request.
        context.Response.Headers.Connection = context.Response.HasStarted ? context.Response.Headers.Connection : "close";
        return exception is BadHttpRequestException bad
            ? AnswerAsync(context, bad.StatusCode, bad.Message)
            : AnswerAsync(context, StatusCodes.Status400BadRequest, "The request's body cannot be read.");
    }

    private static Task AnswerAsync(HttpContext context, int status, string error)
    {
        if (!context.Response.HasStarted)
        {
            return JsonBody.WriteErrorAsync(context, status, error);
        }

        // A half answer must not look like a whole one.
        context.Abort();
        return Task.CompletedTask;
    }
}
