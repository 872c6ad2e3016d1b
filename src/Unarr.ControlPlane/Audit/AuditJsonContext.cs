using System.Text.Json.Serialization;

namespace Unarr.ControlPlane.Audit;

/// <summary>The JSON contract of a line of the audit log: what is not ASCII is escaped, so that no line moves a terminal.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(AuditEntry))]
internal sealed partial class AuditJsonContext : JsonSerializerContext;
