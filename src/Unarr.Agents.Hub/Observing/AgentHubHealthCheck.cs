using Microsoft.Extensions.Diagnostics.HealthChecks;
using Unarr.Agents.Hub.Signals;

namespace Unarr.Agents.Hub.Observing;

/// <summary>Whether the store answers and the nodes hear of each other.</summary>
internal sealed class AgentHubHealthCheck(ControlStore store, NodeSignals signals) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await store.CheckAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ControlStoreException exception)
        {
            return new HealthCheckResult(
                context.Registration.FailureStatus, $"The store cannot be used: {exception.Message}.", exception);
        }

        return signals.IsListening
            ? HealthCheckResult.Healthy("The store works.")
            : HealthCheckResult.Degraded("The store works, and this node does not hear the other nodes.");
    }
}
