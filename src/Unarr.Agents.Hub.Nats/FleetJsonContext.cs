using System.Text.Json.Serialization;
using Unarr.Agents.Hub.Signals;

namespace Unarr.Agents.Hub.Nats;

/// <summary>The source-generated JSON contract of what nodes say to each other.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(AgentListMessage))]
[JsonSerializable(typeof(KnownAgent))]
[JsonSerializable(typeof(NodeMessage))]
internal sealed partial class FleetJsonContext : JsonSerializerContext;
