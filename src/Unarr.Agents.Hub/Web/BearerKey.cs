using Microsoft.Extensions.Primitives;
using Unarr.Agents.Hub.Agents;

namespace Unarr.Agents.Hub.Web;

/// <summary>The key that a request carries: <c>Authorization: Bearer &lt;api key&gt;</c>.</summary>
internal static class BearerKey
{
    private const string Scheme = "Bearer ";

    /// <summary>The key, or empty, which nobody's key is.</summary>
    public static string Of(HttpContext context)
    {
        StringValues header = context.Request.Headers.Authorization;
        return header is [{ } value] && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? value[Scheme.Length..].Trim() : "";
    }

    /// <exception cref="RequestException">The key of this pass does not count any more.</exception>
    public static void ThrowIfEnded(this AgentPass pass)
    {
        if (pass.Ended.IsCancellationRequested)
        {
            throw Refusal();
        }
    }

    public static RequestException Refusal() => new(StatusCodes.Status401Unauthorized, "The API key is missing or not valid here.");
}
