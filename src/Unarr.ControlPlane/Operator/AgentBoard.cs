
namespace Unarr.ControlPlane.Operator;

/// <summary>Shows agents together with what the store has for them.</summary>
internal sealed class AgentBoard(AgentHub hub)
{
    public async Task<IReadOnlyList<AgentView>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await hub.GetAgentsAsync(cancellationToken).ConfigureAwait(false)).Select(AgentView.From)];

    /// <returns>The agent with its controls; <see langword="null"/> when there is none of that id.</returns>
    public async Task<AgentDetailView?> ShowAsync(string agentId, CancellationToken cancellationToken)
    {
        if (await hub.FindAgentAsync(agentId, cancellationToken).ConfigureAwait(false) is not { } agent)
        {
            return null;
        }

        ILookup<bool, ControlView> controls = (await hub.GetControlsAsync(agentId, cancellationToken).ConfigureAwait(false))
            .ToLookup(record => record.IsEnded, ControlView.From);
        return new AgentDetailView(
            AgentView.From(agent) with { Pending = controls[false].Count() }, [.. controls[false]], [.. controls[true]]);
    }
}
