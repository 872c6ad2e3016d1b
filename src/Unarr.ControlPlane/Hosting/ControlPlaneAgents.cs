using Unarr.Agents.Hub.Web;
using Unarr.ControlPlane.Connections;
using Unarr.ControlPlane.Keys;

namespace Unarr.ControlPlane.Hosting;

/// <summary>Tells the hub which agent makes a request: the one whose key it carries.</summary>
/// <remarks>A scheme of authentication would say the same, and keep more of each request in memory for as long as a stream is
/// open.</remarks>
internal sealed class ControlPlaneAgents(KeyRing keys) : AgentHubHandler
{
    public override string? GetAgentId(HttpContext context)
    {
        string? id = keys.Current.FindAgent(BearerKey.Of(context));
        if (id is not null)
        {
            IAdmissionFeature.Admit(context);
        }

        return id;
    }
}
