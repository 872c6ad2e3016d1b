using Unarr.Agents.Hub.Nats;

namespace Unarr.ControlPlane.Hosting;

/// <summary>A store in JetStream, which this control plane shares with others.</summary>
/// <param name="Servers">The servers' addresses.</param>
/// <param name="Configure">Sets how it is used.</param>
internal sealed record NatsStore(string Servers, Action<NatsAgentHubOptions> Configure);
