using Microsoft.Extensions.DependencyInjection;
using Unarr.Agents.Hub.Agents;
using Unarr.ControlPlane.Hosting;
using Unarr.ControlPlane.Operator;
using Unarr.Pipelines.Signals;

namespace Unarr.EndToEnd.Tests;

/// <summary>What tests do with a running control plane besides what its owners do.</summary>
internal static class ControlPlaneHostExtensions
{
    /// <summary>Ends an agent's open stream properly, as a server that recycles streams does.</summary>
    public static void EndStream(this ControlPlaneHost host, string agentId) =>
        host.Services.GetRequiredService<AgentDirectory>().Find(agentId)!.EndStream();

    /// <summary>Waits until an agent fulfils a condition, looking again at each change.</summary>
    /// <returns>The agent as it then was.</returns>
    public static async Task<AgentDetailView> WaitUntilAsync(
        this ControlPlaneHost host, string agentId, Func<AgentDetailView, bool> condition, CancellationToken cancellationToken = default)
    {
        ChangeSignal changes = host.Services.GetRequiredService<AgentDirectory>().Changes;
        while (true)
        {
            Task changed = changes.Next;
            AgentDetailView agent = await host.ShowAsync(agentId, cancellationToken);
            if (condition(agent))
            {
                return agent;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }
}
