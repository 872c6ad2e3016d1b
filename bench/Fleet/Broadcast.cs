namespace Unarr.Pipelines.Bench.Fleet;

/// <summary>One push to all agents.</summary>
/// <param name="Last">From before the request to when the last agent has the bytes.</param>
/// <param name="Nodes">The processor time of all nodes until then, an agent.</param>
/// <param name="Servers">The processor time of the NATS servers until then, an agent.</param>
internal sealed record Broadcast(TimeSpan Last, TimeSpan Nodes, TimeSpan Servers);
