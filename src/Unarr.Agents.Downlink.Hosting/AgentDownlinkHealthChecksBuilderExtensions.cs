using Microsoft.Extensions.Diagnostics.HealthChecks;
using Unarr.Agents.Downlink.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the downlink's health check.</summary>
public static class AgentDownlinkHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds a health check of the host's downlink. Healthy: covered by a stream on which frames arrive as they should, or by the long-poll
    /// where that is the mode. Degraded: covered by the long-poll otherwise, or blind for less than a minute. Unhealthy: blind for longer,
    /// the API key is refused, the control plane says that the agent is gone, or the downlink has stopped. Its data: route, state, mirror, reason, since (UTC), seconds.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The check's name. Default: <c>downlink</c>.</param>
    /// <param name="failureStatus">What to report instead of unhealthy. Default: unhealthy.</param>
    /// <param name="tags">The check's tags. Default: none.</param>
    public static IHealthChecksBuilder AddAgentDownlink(
        this IHealthChecksBuilder builder, string name = "downlink", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddCheck<AgentDownlinkHealthCheck>(name, failureStatus, tags ?? []);
    }
}
