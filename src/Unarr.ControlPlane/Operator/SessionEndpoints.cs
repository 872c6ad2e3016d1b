using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http.Features;
using Unarr.Agents.Hub.Web;
using Unarr.ControlPlane.Keys;
using Unarr.ControlPlane.Lines;

namespace Unarr.ControlPlane.Operator;

/// <summary>Signing in and out of the operator page.</summary>
internal sealed class SessionEndpoints(
    KeyRing keys,
    OperatorSessions sessions,
    SignInBrake brake,
    OperatorAudit audit,
    ServerStart start,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILogger<SessionEndpoints> logger)
{
    /// <summary>The largest body of a sign-in: whoever sends it has shown no key yet.</summary>
    private const int MaxSignInBytes = 4 * 1024;

    private const string Path = "/api/operator/session";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, ShowAsync);
        routes.MapPost(Path, audit.SignIn(SignInAsync));
        routes.MapDelete(Path, audit.SignOut(IsSignedIn, SignOutAsync));
    }

    private bool IsSignedIn(HttpContext context) => SessionCookie.Of(context) is { } token && sessions.IsOpen(token);

    // Asked before the stream is opened: an EventSource does not tell its page why it was refused.
    private Task ShowAsync(HttpContext context)
    {
        SameOrigin.DemandForReading(context);
        SessionView view = new(IsSignedIn(context), start.At);
        return JsonBody.WriteAsync(context, StatusCodes.Status200OK, view, ControlPlaneJsonContext.Default.SessionView);
    }

    private async Task SignInAsync(HttpContext context)
    {
        SameOrigin.DemandForChange(context);
        context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize = MaxSignInBytes;
        SignInView signIn = await JsonBody.ReadAsync(context, ControlPlaneJsonContext.Default.SignInView).ConfigureAwait(false);
        using RateLimitLease place = brake.Enter(context.Connection.RemoteIpAddress);
        if (!place.IsAcquired)
        {
            throw new RequestException(StatusCodes.Status429TooManyRequests, "Too many sign-ins from this address fail at the moment.")
            { RetryAfter = SignInBrake.LongestDelay };
        }

        string name = await CheckAsync(context, signIn.Key).ConfigureAwait(false);
        SessionCookie.Set(context, await sessions.OpenAsync(name, context.RequestAborted).ConfigureAwait(false));
        context.User = KeyRing.UserOf(name, "session");
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        ControlPlaneLog.SignedIn(logger, name, context.Connection.RemoteIpAddress);
    }

    /// <returns>The name of the operator whose key it is.</returns>
    private async Task<string> CheckAsync(HttpContext context, string key)
    {
        if (keys.Current.FindOperator(key ?? "") is { } name)
        {
            return name;
        }

        (TimeSpan delay, int failures) = brake.Fail(context.Connection.RemoteIpAddress);
        ControlPlaneLog.SignInFailed(logger, context.Connection.RemoteIpAddress, failures);

        // Waited for also when the one who asked has gone: giving up early must not make guessing faster.
        await Task.Delay(delay, time, lifetime.ApplicationStopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        throw new RequestException(StatusCodes.Status401Unauthorized, "This is not the operator's key.");
    }

    private async Task SignOutAsync(HttpContext context)
    {
        SameOrigin.DemandForChange(context);
        if (SessionCookie.Of(context) is { } token && sessions.Find(token) is { } name)
        {
            await sessions.CloseAsync(token, context.RequestAborted).ConfigureAwait(false);
            context.User = KeyRing.UserOf(name, "session");
            ControlPlaneLog.SignedOut(logger, name, context.Connection.RemoteIpAddress);
        }

        SessionCookie.Clear(context);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}
