using System.Text.Json;
using System.Text.Json.Serialization;
using Unarr.Samples.OwnBackend.Messages;

namespace Unarr.Samples.OwnBackend.Backend;

/// <summary>What the backend says to its operators.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(IReadOnlyList<AgentView>))]
[JsonSerializable(typeof(IEnumerable<ControlView>))]
[JsonSerializable(typeof(Job))]
[JsonSerializable(typeof(NewJob))]
[JsonSerializable(typeof(DeskError))]
internal sealed partial class DeskJson : JsonSerializerContext;
