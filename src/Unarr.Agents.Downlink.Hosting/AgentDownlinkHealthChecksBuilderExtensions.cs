using Microsoft.Extensions.Diagnostics.HealthChecks;
using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the health checks of downlinks.</summary>
public static class AgentDownlinkHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds a health check for each downlink of the host, also for downlinks that are added later. Its name is <c>downlink</c> for the
    /// unnamed downlink, and <c>downlink:NAME</c> for a named one.
    /// </summary>
    /// <remarks>
    /// Healthy: a stream on which frames arrive as they should covers the agent, or the long-poll does, where that is the mode. Degraded:
    /// the long-poll covers the agent in another mode, or the agent is blind for less than a minute. Unhealthy: the agent is blind for
    /// longer, the API key is refused, the control plane says that the agent is gone, or the downlink has stopped. The data of the check
    /// are route, state, mirror, reason, since (UTC) and seconds.
    /// </remarks>
    /// <param name="builder">The health checks.</param>
    /// <param name="failureStatus">The status to report instead of unhealthy. Default: unhealthy.</param>
    /// <param name="tags">The tags of the checks. Default: none.</param>
    /// <returns>The health checks.</returns>
    public static IHealthChecksBuilder AddAgentDownlinks(
        this IHealthChecksBuilder builder, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        string[] all = [.. tags ?? []];
        builder.Services.AddOptions<HealthCheckServiceOptions>().Configure<IEnumerable<DownlinkRegistration>>((options, downlinks) =>
        {
            foreach (DownlinkRegistration downlink in downlinks)
            {
                options.Registrations.Add(new HealthCheckRegistration(
                    downlink.CheckName,
                    services => new AgentDownlinkHealthCheck(
                        downlink.Get<AgentDownlink>(services), DownlinkFactory.OptionsOf(services, downlink).Mode),
                    failureStatus,
                    all));
            }
        });
        return builder;
    }
}
