using System.Text.Json;
using System.Text.Json.Serialization;

namespace Unarr.Samples.OwnBackend.Messages;

/// <summary>What both programs say to each other.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Limit))]
[JsonSerializable(typeof(JobReport))]
[JsonSerializable(typeof(JobOrders))]
[JsonSerializable(typeof(Announcement))]
internal sealed partial class JobsJson : JsonSerializerContext;
