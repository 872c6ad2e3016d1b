using Microsoft.Extensions.Diagnostics.HealthChecks;
using Unarr.Agents.Downlink;
using Unarr.Agents.Downlink.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the health checks of downlinks.</summary>
public static class AgentDownlinkHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds a health check for each downlink of the host, also for those that are added later: <c>downlink</c> for the unnamed one,
    /// <c>downlink:NAME</c> for a named one. Healthy: covered by a stream on which frames arrive as they should, or by the long-poll
    /// where that is the mode. Degraded: covered by the long-poll otherwise, or blind for less than a minute. Unhealthy: blind for longer,
    /// the API key is refused, the control plane says that the agent is gone, or the downlink has stopped. Its data: route, state,
    /// mirror, reason, since (UTC), seconds.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="failureStatus">What to report instead of unhealthy. Default: unhealthy.</param>
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
