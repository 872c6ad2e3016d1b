using Unarr.Agents.Hub.Lines;
using Unarr.Agents.Hub.Web;
using Unarr.ControlPlane.Keys;

namespace Unarr.ControlPlane.Operator;

/// <summary>Finds the agent that a request is about, by its path.</summary>
internal sealed class AgentRoute(KeyRing keys)
{
    public const string Prefix = "/api/operator/agents";

    /// <returns>The id of the agent that the request is about.</returns>
    /// <exception cref="RequestException">There is no such agent.</exception>
    public string Find(HttpContext context)
    {
        string id = (string)context.Request.RouteValues["id"]!;
        return keys.Current.Has(id) ? id : throw Unknown(id);
    }

    public static RequestException Unknown(string id) =>
        new(StatusCodes.Status404NotFound, $"There is no agent '{Shorten.Text(id)}'.");
}
