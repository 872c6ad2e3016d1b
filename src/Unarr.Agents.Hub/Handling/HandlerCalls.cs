using Microsoft.Extensions.DependencyInjection;
using Unarr.Agents.Hub.Agents;
using Unarr.Agents.Hub.Lines;

namespace Unarr.Agents.Hub.Handling;

/// <summary>Calls the application's handler: each call in a scope of its own, those about one agent one after the other.</summary>
internal sealed class HandlerCalls(
    HandlerRegistration registration, IServiceScopeFactory scopes, ILogger<HandlerCalls> logger) : IDisposable
{
    private readonly CancellationTokenSource _stopped = new();

    public bool HearsConnections => registration.HearsConnections;

    public bool HearsSyncs => registration.HearsSyncs;

    public bool HearsEnds => registration.HearsEnds;

    /// <summary>Which agent makes a request.</summary>
    public string? GetAgentId(HttpContext context)
    {
        if (!registration.NamesAgents)
        {
            return AgentHubHandler.IdOf(context);
        }

        using IServiceScope scope = scopes.CreateScope();
        return HandlerOf(scope).GetAgentId(context);
    }

    /// <summary>Whether there is an agent of this id.</summary>
    /// <remarks>It is not one after the other: a handler may push to the agent of the very call that it is in.</remarks>
    public async ValueTask<bool> ExistsAsync(string agentId, CancellationToken cancellationToken)
    {
        if (!registration.KnowsAgents)
        {
            return true;
        }

        await using AsyncServiceScope scope = scopes.CreateAsyncScope();
        return await HandlerOf(scope).ExistsAsync(agentId, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits for the handler of a sync.</summary>
    /// <returns>Whether there was room for the call: as many as may wait do so already.</returns>
    public async Task<bool> TrySyncAsync(Agent agent, Func<ValueTask<AgentSync>> sync, CancellationToken cancellationToken)
    {
        bool hadRoom = await agent.Calls.TryRunAsync(
            async () =>
            {
                AgentSync made = await sync().ConfigureAwait(false);
                await using AsyncServiceScope scope = scopes.CreateAsyncScope();
                await HandlerOf(scope).OnSyncAsync(made, cancellationToken).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        if (!hadRoom)
        {
            HubLog.HandlerBusy(logger, Printable.Text(agent.Id), CallQueue.MaxAwaited);
        }

        return hadRoom;
    }

    /// <summary>Reports that an agent can be reached now, or cannot any more.</summary>
    public void ReachChanged(Agent agent, bool isReachable, Func<ValueTask<AgentInfo>> info) => Add(agent, async handler =>
    {
        AgentInfo made = await info().ConfigureAwait(false);
        ValueTask call = isReachable
            ? handler.OnConnectedAsync(made, _stopped.Token)
            : handler.OnDisconnectedAsync(made, _stopped.Token);
        await call.ConfigureAwait(false);
    });

    /// <summary>Reports that a control has ended.</summary>
    public void Ended(Agent agent, ControlRecord control) =>
        Add(agent, handler => handler.OnControlEndedAsync(control, _stopped.Token));

    /// <summary>The hub has stopped: whoever is called may give up.</summary>
    public void Stop() => _stopped.Cancel();

    public void Dispose() => _stopped.Dispose();

    private void Add(Agent agent, Func<AgentHubHandler, ValueTask> call)
    {
        if (!agent.Calls.TryAdd(() => CallAsync(agent.Id, call)))
        {
            HubLog.CallLeftOut(logger, Printable.Text(agent.Id), CallQueue.MaxWaiting);
        }
    }

    private async Task CallAsync(string agentId, Func<AgentHubHandler, ValueTask> call)
    {
        try
        {
            await using AsyncServiceScope scope = scopes.CreateAsyncScope();
            await call(HandlerOf(scope)).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            HubLog.HandlerFailed(logger, exception, Printable.Text(agentId));
        }
    }

    private AgentHubHandler HandlerOf(IServiceScope scope) =>
        (AgentHubHandler)scope.ServiceProvider.GetRequiredService(registration.Type!);
}
