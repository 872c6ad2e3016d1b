using System.Text.Json.Serialization;

namespace Unarr.Agents.Hub.Messages;

/// <summary>The source-generated JSON contract of what only a hub writes; the protocol's is in its own package.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ErrorView))]
[JsonSerializable(typeof(NotKnownView))]
[JsonSerializable(typeof(PushedView))]
[JsonSerializable(typeof(SyncEvent))]
internal sealed partial class HubJsonContext : JsonSerializerContext;
