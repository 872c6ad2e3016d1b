using System.Security.Claims;
using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Hub.Keys;

namespace Unarr.Agents.Hub;

/// <summary>What the application hears of its agents, and what it answers. Base class of your own handler.</summary>
/// <remarks>
/// <para>
/// A handler is a scoped service: each call has one of its own. The calls <see cref="OnConnectedAsync"/>,
/// <see cref="OnDisconnectedAsync"/>, <see cref="OnSyncAsync"/> and <see cref="OnControlEndedAsync"/> of one agent come one at a time, in
/// the order of what happened; those of different agents come at once.
/// </para>
/// <para>
/// An exception is logged and loses no control. One of <see cref="OnSyncAsync"/> answers that sync with 500. Where it is the one that
/// reading <see cref="AgentSync.Request"/> threw, the agent has sent what does not fit, and the answer is 400 with its message.
/// </para>
/// </remarks>
public abstract class AgentHubHandler
{
    /// <summary>Returns which agent makes a request; <see langword="null"/> refuses it.</summary>
    /// <param name="context">The request; its user is authenticated where the application has authentication.</param>
    /// <returns>By default the value of the claim <see cref="AgentHubOptions.AgentIdClaim"/> of an authenticated user.</returns>
    /// <remarks>
    /// It is called when a request begins and again before something is kept open for it or handed out to it, so that an agent whose
    /// access has just ended is refused. It must not wait.
    /// </remarks>
    public virtual string? GetAgentId(HttpContext context) => IdOf(context);

    /// <summary>Returns whether there is an agent of this id, which a push may name. By default there is one of every id, except where
    /// the only authentication is by a file of keys: then the agents are those that have a key.</summary>
    /// <param name="agentId">The id.</param>
    /// <param name="cancellationToken">The push's.</param>
    public virtual ValueTask<bool> ExistsAsync(string agentId, CancellationToken cancellationToken) => ValueTask.FromResult(true);

    /// <summary>Is called when an agent can be reached: a stream or a long-poll is open, and none was.</summary>
    /// <param name="agent">The agent.</param>
    /// <param name="cancellationToken">Is cancelled when the hub has stopped.</param>
    public virtual ValueTask OnConnectedAsync(AgentInfo agent, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Is called when an agent cannot be reached any more: its last stream has ended, and its last long-poll has been answered
    /// for 5 s without another.</summary>
    /// <param name="agent">The agent.</param>
    /// <param name="cancellationToken">Is cancelled when the hub has stopped.</param>
    public virtual ValueTask OnDisconnectedAsync(AgentInfo agent, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Is called with each sync of an agent, before it is answered.</summary>
    /// <param name="sync">The sync, with the request's members and an answer to write members into. Valid during the call.</param>
    /// <param name="cancellationToken">Is cancelled when the agent has gone.</param>
    /// <remarks>
    /// What the sync acknowledges has been stored, and what it hands out is read after this call: a control that is pushed here goes out
    /// with this answer. When it throws, the sync is answered with an error and hands out nothing. Further syncs of an agent wait for
    /// this call; when 64 of them wait, the next ones are refused with 429.
    /// </remarks>
    public virtual ValueTask OnSyncAsync(AgentSync sync, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Is called when a control has ended: it was applied, failed, expired or was withdrawn. The control of an agent that
    /// acknowledges nothing ends when a sync has handed it out.</summary>
    /// <param name="control">The control with its outcome.</param>
    /// <param name="cancellationToken">Is cancelled when the hub has stopped.</param>
    /// <remarks>
    /// It is called at most once for each control. After a crash of the process, or when more than 4,096 calls of one agent wait,
    /// <see cref="AgentHub.GetControlsAsync"/> has what was not reported.
    /// </remarks>
    public virtual ValueTask OnControlEndedAsync(ControlRecord control, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>The default of <see cref="GetAgentId"/>.</summary>
    internal static string? IdOf(HttpContext context)
    {
        string claim = context.GetEndpoint()?.Metadata.GetMetadata<AgentIdClaim>()?.Type ?? ClaimTypes.Name;
        return IdentitiesOf(context).Select(identity => identity.FindFirst(claim)?.Value).FirstOrDefault(id => id is not null);
    }

    /// <summary>Those identities of a request's user that are authenticated, and still count.</summary>
    internal static IEnumerable<ClaimsIdentity> IdentitiesOf(HttpContext context) => context.User.Identities
        .Where(static identity => identity is { IsAuthenticated: true } and not AgentKeyIdentity { HasEnded: true });
}
