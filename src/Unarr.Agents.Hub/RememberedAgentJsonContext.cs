using System.Text.Json.Serialization;

namespace Unarr.Agents.Hub;

/// <summary>The JSON contract of what stores keep of agents.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(RememberedAgent))]
internal sealed partial class RememberedAgentJsonContext : JsonSerializerContext;
