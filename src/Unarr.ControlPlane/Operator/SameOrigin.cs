using Microsoft.Extensions.Primitives;
using Unarr.Agents.Hub.Web;

namespace Unarr.ControlPlane.Operator;

/// <summary>Tells the operator page's own requests from those that another page makes the browser send.</summary>
internal static class SameOrigin
{
    /// <summary>Lets a request pass that the browser says comes from this very origin,
    /// with a JSON body or none that a form could send.</summary>
    /// <exception cref="RequestException">It does not.</exception>
    public static void DemandForChange(HttpContext context)
    {
        if (!IsSame(context.Request))
        {
            throw new RequestException(StatusCodes.Status403Forbidden, "Only the control plane's own page may make changes.");
        }

        if (!IsJson(context.Request.ContentType))
        {
            throw new RequestException(StatusCodes.Status415UnsupportedMediaType, "The content type must be application/json.");
        }
    }

    /// <summary>Lets a request pass unless the browser says that another site makes it.</summary>
    /// <exception cref="RequestException">It does.</exception>
    public static void DemandForReading(HttpContext context)
    {
        // "none": the user did it, by an address typed or a bookmark.
        StringValues site = context.Request.Headers["Sec-Fetch-Site"];
        if (site.Count > 0 && site is not ["same-origin" or "none"])
        {
            throw new RequestException(StatusCodes.Status403Forbidden, "Only the control plane's own page may ask for this.");
        }
    }

    // A browser sends Sec-Fetch-Site where the connection is secure or local, and Origin with every change. No script can set either.
    private static bool IsSame(HttpRequest request)
    {
        StringValues site = request.Headers["Sec-Fetch-Site"];
        if (site.Count > 0)
        {
            return site is ["same-origin"];
        }

        // The scheme may differ: a proxy in front ends TLS.
        return request.Headers.Origin is [{ } origin]
            && Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri)
            && request.Host.HasValue
            && (string.Equals(uri.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase)
                || string.Equals($"{uri.Host}:{uri.Port}", request.Host.Value, StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsJson(string? contentType) =>
        contentType is not null
        && contentType.Split(';', 2)[0].Trim().Equals("application/json", StringComparison.OrdinalIgnoreCase);
}
