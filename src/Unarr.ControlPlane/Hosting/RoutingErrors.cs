using Unarr.Agents.Hub.Web;

namespace Unarr.ControlPlane.Hosting;

/// <summary>Gives every error a JSON body, whoever found it.</summary>
internal static class RoutingErrors
{
    /// <summary>Answers what a request's handler throws, and gives routing's own answers a body: no such path, no such method.</summary>
    public static async Task InvokeAsync(HttpContext context, RequestErrors errors, RequestDelegate next)
    {
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            await errors.AnswerAsync(context, exception).ConfigureAwait(false);
        }

        if (context.Response is { HasStarted: false, StatusCode: >= 400 })
        {
            string what = context.Response.StatusCode == StatusCodes.Status405MethodNotAllowed ? "method" : "path";
            await JsonBody.WriteErrorAsync(context, context.Response.StatusCode, $"There is no such {what} here.").ConfigureAwait(false);
        }
    }
}
