using System.Text.Json.Serialization;

namespace Unarr.Pipelines.Tests.AspNetCore;

/// <summary>A value that the tests send.</summary>
internal sealed record Tick(int Number);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Tick))]
internal sealed partial class TickJson : JsonSerializerContext;
