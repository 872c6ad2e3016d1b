using Unarr.Agents.Hub.Web;
using Unarr.ControlPlane.Connections;
using Unarr.ControlPlane.Keys;

namespace Unarr.ControlPlane.Operator;

/// <summary>Lets the operator in: by the key in a header, or by the session cookie of the operator page.</summary>
internal sealed class OperatorAccess(KeyRing keys, OperatorSessions sessions)
{
    /// <summary>Guards an endpoint.</summary>
    public RequestDelegate Guard(RequestDelegate handler) => context =>
    {
        Demand(context);
        return handler(context);
    };

    /// <summary>Whether the one who asked may still have what a long answer goes on to tell.</summary>
    public bool IsStillOperator(HttpContext context) =>
        HasKey(context) ? keys.Current.IsOperator(BearerKey.Of(context)) : SessionCookie.Of(context) is { } token && sessions.IsOpen(token);

    /// <exception cref="RequestException">It is not the operator who asks, or not on a page of ours.</exception>
    public void Demand(HttpContext context)
    {
        if (!IsStillOperator(context))
        {
            throw BearerKey.Refusal();
        }

        IAdmissionFeature.Admit(context);

        // A browser adds cookies to what other pages make it send; a key in a header is added by whoever has it.
        if (HasKey(context))
        {
            return;
        }

        if (HttpMethods.IsGet(context.Request.Method))
        {
            SameOrigin.DemandForReading(context);
        }
        else
        {
            SameOrigin.DemandForChange(context);
        }
    }

    private static bool HasKey(HttpContext context) => context.Request.Headers.Authorization.Count > 0;
}
