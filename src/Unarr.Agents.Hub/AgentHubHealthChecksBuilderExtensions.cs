using Microsoft.Extensions.Diagnostics.HealthChecks;
using Unarr.Agents.Hub.Controls;
using Unarr.Agents.Hub.Observing;
using Unarr.Agents.Hub.Signals;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the health check of the hub.</summary>
public static class AgentHubHealthChecksBuilderExtensions
{
    /// <summary>Adds a health check of the name <c>agent-hub</c>. Unhealthy: the store cannot be used. Degraded: this node does not hear
    /// the other nodes.</summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="failureStatus">What to report instead of unhealthy. Default: unhealthy.</param>
    /// <param name="tags">The tags of the check. Default: none.</param>
    /// <returns>The health checks.</returns>
    public static IHealthChecksBuilder AddAgentHub(
        this IHealthChecksBuilder builder, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(
            "agent-hub",
            static services => new AgentHubHealthCheck(
                services.GetRequiredService<WatchedControlStore>(), services.GetRequiredService<NodeSignals>()),
            failureStatus,
            tags));
    }
}
