using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Unarr.Agents.Protocol;

/// <summary>The source-generated JSON contract of the protocol's payloads; <see cref="ProtocolJson"/> shows what of it is public.</summary>
[JsonSerializable(typeof(Control))]
[JsonSerializable(typeof(ControlCommand))]
[JsonSerializable(typeof(SyncRequest))]
[JsonSerializable(typeof(SyncResponse))]
[JsonSerializable(typeof(WakeResponse))]
[JsonSerializable(typeof(ErrorResponse))]
[JsonSerializable(typeof(SettledControl))]
[JsonSerializable(typeof(Dictionary<string, JsonElement>))]
internal sealed partial class ProtocolJsonContext : JsonSerializerContext
{
    /// <summary>The contract that writes text without the escapes that only HTML needs:
    /// they would make it up to six times as long.</summary>
    public static ProtocolJsonContext Relaxed { get; } =
        new(new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = Payload.MaxDepth });
}
