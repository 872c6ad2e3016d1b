using Unarr.Agents.Hub.Web;
using Unarr.ControlPlane.Connections;

namespace Unarr.ControlPlane.Hosting;

/// <summary>Gives every error a JSON body, whoever found it.</summary>
internal static class RoutingErrors
{
    /// <summary>Answers what a request's handler throws, and gives routing's own answers a body: no such path, no such method. The place
    /// of the request's connection is noted as asking meanwhile.</summary>
    /// <remarks>It is one method, because each that waits for a request to end is in memory as long as a stream is open.</remarks>
    public static async Task InvokeAsync(HttpContext context, RequestErrors errors, RequestDelegate next)
    {
        var place = ConnectionPlace.Begin(context);
        try
        {
            await next(context).ConfigureAwait(false);
            await AnswerUnroutedAsync(context).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            await errors.AnswerAsync(context, exception).ConfigureAwait(false);
        }
        finally
        {
            place?.End();
        }
    }

    private static Task AnswerUnroutedAsync(HttpContext context)
    {
        if (context.Response is not { HasStarted: false, StatusCode: >= 400 })
        {
            return Task.CompletedTask;
        }

        string what = context.Response.StatusCode == StatusCodes.Status405MethodNotAllowed ? "method" : "path";
        return JsonBody.WriteErrorAsync(context, context.Response.StatusCode, $"There is no such {what} here.");
    }
}
