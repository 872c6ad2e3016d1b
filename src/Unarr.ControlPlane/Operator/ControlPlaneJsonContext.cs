using System.Text.Json;
using System.Text.Json.Serialization;

namespace Unarr.ControlPlane.Operator;

/// <summary>The source-generated JSON contract of what is the control plane's own; the protocol's is the library's.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AgentDetailView))]
[JsonSerializable(typeof(AgentListView))]
[JsonSerializable(typeof(AgentView))]
[JsonSerializable(typeof(AuditListView))]
[JsonSerializable(typeof(HealthView))]
[JsonSerializable(typeof(HistoryLine))]
[JsonSerializable(typeof(HistoryView))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(NodeListView))]
[JsonSerializable(typeof(OperatorStreamView))]
[JsonSerializable(typeof(PushDetailView))]
[JsonSerializable(typeof(PushListView))]
[JsonSerializable(typeof(PushedToManyView))]
[JsonSerializable(typeof(PushedView))]
[JsonSerializable(typeof(SessionView))]
[JsonSerializable(typeof(SignInView))]
[JsonSerializable(typeof(WatchingView))]
[JsonSerializable(typeof(WithdrawnView))]
internal sealed partial class ControlPlaneJsonContext : JsonSerializerContext;
