using Unarr.Agents.Hub.Messages;

namespace Unarr.Agents.Hub.Web;

/// <summary>A push's result as an answer of an endpoint.</summary>
internal sealed class PushHttpResult(PushResult result) : IResult, IStatusCodeHttpResult
{
    // An agent fetches what is pending at its next sync: 10 s, when nothing else is agreed.
    private static readonly TimeSpan FullRetryAfter = TimeSpan.FromSeconds(10);

    public int? StatusCode => result.Status switch
    {
        PushStatus.Queued => StatusCodes.Status202Accepted,
        PushStatus.UnknownAgent => StatusCodes.Status404NotFound,
        PushStatus.Full => StatusCodes.Status429TooManyRequests,
        _ => StatusCodes.Status500InternalServerError,
    };

    public Task ExecuteAsync(HttpContext httpContext)
    {
        int status = StatusCode!.Value;
        switch (result.Status)
        {
            case PushStatus.Queued:
                return JsonBody.WriteAsync(httpContext, status, new PushedView(result.ControlIds), HubJsonContext.Default.PushedView);
            case PushStatus.UnknownAgent:
                return JsonBody.WriteErrorAsync(httpContext, status, $"There is no agent '{Lines.Shorten.Text(result.AgentId)}'.");
            case PushStatus.Full:
                RequestErrors.SetRetryAfter(httpContext, FullRetryAfter);
                string bound = result.Error is { } error ? $": {error}" : "";
                return JsonBody.WriteErrorAsync(
                    httpContext, status, $"The queue of agent '{Lines.Shorten.Text(result.AgentId)}' has no room{bound}.");
            default:
                return JsonBody.WriteErrorAsync(httpContext, status, "The push has no outcome.");
        }
    }
}
