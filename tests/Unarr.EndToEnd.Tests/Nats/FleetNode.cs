using Unarr.Agents.Hub.Nats;
using Unarr.ControlPlane.Hosting;
using Unarr.EndToEnd.Tests.ControlPlane;

namespace Unarr.EndToEnd.Tests.Nats;

/// <summary>Starts control planes that share a store in JetStream, in real time.</summary>
internal static class FleetNode
{
    /// <param name="urls">The servers.</param>
    /// <param name="prefix">The fleet's.</param>
    /// <param name="name">The node's.</param>
    /// <param name="agents">How many agents have keys.</param>
    /// <param name="configure">Changes the options.</param>
    /// <param name="nats">Changes how NATS is used.</param>
    public static Task<RunningControlPlane> StartAsync(
        string urls, string prefix, string name, int agents = 3, Func<ControlPlaneOptions, ControlPlaneOptions>? configure = null,
        Action<NatsAgentHubOptions>? nats = null) => RunningControlPlane.StartAsync(
            agents,
            options =>
            {
                options = options with
                {
                    TimeProvider = TimeProvider.System,
                    Heartbeat = TimeSpan.FromMinutes(5),
                    Drain = TimeSpan.FromMilliseconds(100),
                    Nats = new NatsStore(urls, settings =>
                    {
                        settings.Create = true;
                        settings.Prefix = prefix;
                        settings.NodeName = name;
                        settings.MaxBytes = 64 * 1024 * 1024;
                        nats?.Invoke(settings);
                    }),
                };
                return configure?.Invoke(options) ?? options;
            });
}
