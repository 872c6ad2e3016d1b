using Unarr.Agents.Hub.Web;
using Unarr.ControlPlane.Connections;
using Unarr.ControlPlane.Keys;

namespace Unarr.ControlPlane.Operator;

/// <summary>Lets operators in: by the key in a header, or by the session cookie of the operator page.</summary>
internal sealed class OperatorAccess(KeyRing keys, OperatorSessions sessions)
{
    /// <summary>Guards an endpoint. The handler's <see cref="HttpContext.User"/> is the operator, with its name.</summary>
    public RequestDelegate Guard(RequestDelegate handler) => context =>
    {
        Demand(context);
        return handler(context);
    };

    /// <summary>Whether the one who asked may still have what a long answer goes on to tell.</summary>
    public bool IsStillOperator(HttpContext context) => NameOf(context) is not null;

    /// <summary>The name of the operator who asks; <see langword="null"/> when it is not an operator.</summary>
    public string? NameOf(HttpContext context) =>
        HasKey(context) ? keys.Current.FindOperator(BearerKey.Of(context))
            : SessionCookie.Of(context) is { } token ? sessions.Find(token) : null;

    /// <summary>Demands that an operator makes the request, and notes which one as its <see cref="HttpContext.User"/>.</summary>
    /// <exception cref="RequestException">No operator asks, or one on a page of another origin.</exception>
    public void Demand(HttpContext context)
    {
        string name = NameOf(context) ?? throw BearerKey.Refusal();
        context.User = KeyRing.UserOf(name, HasKey(context) ? "key" : "session");
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
