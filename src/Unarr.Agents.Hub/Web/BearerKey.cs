using Microsoft.Extensions.Primitives;

namespace Unarr.Agents.Hub.Web;

/// <summary>The key that a request carries: <c>Authorization: Bearer &lt;api key&gt;</c>.</summary>
internal static class BearerKey
{
    /// <summary>What is said to whoever has no key, or one that does not count.</summary>
    public const string Refused = "The API key is missing or not valid here.";

    private const string Scheme = "Bearer ";

    /// <summary>The key, or empty, which nobody's key is.</summary>
    public static string Of(HttpContext context)
    {
        StringValues header = context.Request.Headers.Authorization;
        return header is [{ } value] && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? value[Scheme.Length..].Trim() : "";
    }

    public static RequestException Refusal() => new(StatusCodes.Status401Unauthorized, Refused);
}
