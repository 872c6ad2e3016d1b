using System.Text.Json.Serialization;

namespace Unarr.Pipelines.Bench.Contestants;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PlainCommand))]
internal sealed partial class PlainJsonContext : JsonSerializerContext;
