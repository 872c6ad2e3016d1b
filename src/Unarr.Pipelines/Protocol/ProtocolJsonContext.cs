using System.Text.Json.Serialization;

namespace Unarr.Pipelines.Protocol;

/// <summary>The source-generated JSON contract of the protocol's payloads; <see cref="ProtocolJson"/> shows what of it is public.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ControlAction))]
[JsonSerializable(typeof(ControlCommand))]
[JsonSerializable(typeof(SyncRequest))]
[JsonSerializable(typeof(SyncResponse))]
[JsonSerializable(typeof(WakeResponse))]
[JsonSerializable(typeof(ErrorResponse))]
[JsonSerializable(typeof(SettledControl))]
internal sealed partial class ProtocolJsonContext : JsonSerializerContext;
