using System.Text.Json.Serialization;

namespace Unarr.Agents.Protocol;

/// <summary>An error as the control plane sends it: <c>{"error":"CODE","message":"…","details":…}</c>.</summary>
[JsonConverter(typeof(ErrorResponseJsonConverter))]
internal sealed class ErrorResponse
{
    public string? Error { get; set; }

    public string? Message { get; set; }

    /// <summary>Compact JSON; empty when there are none.</summary>
    public ReadOnlyMemory<byte> Details { get; set; }
}
