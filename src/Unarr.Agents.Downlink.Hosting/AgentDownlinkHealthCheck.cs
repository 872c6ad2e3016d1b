using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Unarr.Agents.Downlink.Observing;

namespace Unarr.Agents.Downlink.Hosting;

/// <summary>Whether a push reaches this agent; the data says why and since when.</summary>
internal sealed class AgentDownlinkHealthCheck(AgentDownlink downlink, DownlinkMode mode) : IHealthCheck
{
    private static readonly TimeSpan BlindTolerated = TimeSpan.FromMinutes(1);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        DownlinkStatus status = downlink.Status;
        (Cover cover, DateTimeOffset since, TimeSpan lasted) = downlink.Cover.Read();
        (HealthStatus verdict, string what) = cover switch
        {
            Cover.Stream => (HealthStatus.Healthy, "covered by the stream"),
            Cover.LongPoll when mode == DownlinkMode.LongPoll => (HealthStatus.Healthy, "covered by the long-poll"),
            Cover.LongPoll => (HealthStatus.Degraded, "covered by the long-poll, not by the stream"),
            Cover.Refused => (context.Registration.FailureStatus, "the API key is refused"),
            Cover.Gone => (context.Registration.FailureStatus, "the control plane says that this agent is gone"),
            Cover.Stopped => (context.Registration.FailureStatus, "stopped"),
            _ => (lasted < BlindTolerated ? HealthStatus.Degraded : context.Registration.FailureStatus, "blind: no push can arrive"),
        };
        string seconds = lasted.TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
        return Task.FromResult(
            new HealthCheckResult(verdict, $"{what}, for {seconds} s: {status.Reason}", data: new Dictionary<string, object>
            {
                ["route"] = DownlinkWords.Of(status.Routes),
                ["state"] = DownlinkWords.Of(status.State),
                ["mirror"] = status.Server?.ToString() ?? "",
                ["reason"] = status.Reason,
                ["since"] = since,
                ["seconds"] = lasted.TotalSeconds,
            }));
    }
}
