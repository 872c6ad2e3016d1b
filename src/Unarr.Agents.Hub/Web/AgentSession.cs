using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Hub.Handling;

namespace Unarr.Agents.Hub.Web;

/// <summary>An agent that makes a request, until its access ends.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="Ended">Is cancelled when its access ends: what was opened or begun ends with it.</param>
internal readonly record struct AgentSession(Agent Agent, CancellationToken Ended)
{
    /// <summary>Lets an agent in.</summary>
    /// <exception cref="RequestException">It is not known which agent it is.</exception>
    public static AgentSession Open(HttpContext context, AgentDirectory agents, HandlerCalls handler)
    {
        if (handler.GetAgentId(context) is not { } id || !AgentId.IsUsable(id))
        {
            throw Refusal(context);
        }

        AgentSession session = Of(agents.GetOrAdd(id));

        // Asked again: an access that ended just before the session began is not seen by it.
        if (handler.GetAgentId(context) != id)
        {
            throw Refusal(context);
        }

        session.Agent.Came();
        return session;
    }

    /// <exception cref="RequestException">The agent's access has ended.</exception>
    public void ThrowIfEnded()
    {
        if (Ended.IsCancellationRequested)
        {
            throw BearerKey.Refusal();
        }
    }

    private static AgentSession Of(Agent agent) => new(agent, agent.Session);

    private static RequestException Refusal(HttpContext context) =>
        AgentHubHandler.IdentitiesOf(context).Any()
            ? new RequestException(StatusCodes.Status403Forbidden, "The request comes from no agent.")
            : BearerKey.Refusal();
}
