using System.Text.Json.Serialization.Metadata;

namespace Unarr.Agents.Protocol;

/// <summary>The source-generated JSON contracts of the protocol's payloads, for agents and control planes alike.</summary>
/// <remarks>
/// The contracts read as <c>docs/protocol.md</c> defines: a name matches in any ASCII case, a null leaves a member unchanged, and bytes of
/// a string that are not UTF-8 become U+FFFD. They write no escapes that only HTML needs. The actions that the protocol names
/// are constants: reading one allocates nothing.
/// <example>
/// <code>
/// ControlCommand? command = JsonSerializer.Deserialize(data, ProtocolJson.ControlCommand);
/// </code>
/// </example>
/// </remarks>
public static class ProtocolJson
{
    /// <summary>One control, as commands and syncs list them.</summary>
    public static JsonTypeInfo<Control> Control => ProtocolJsonContext.Relaxed.Control;

    /// <summary>The payload of a <c>command</c> event.</summary>
    public static JsonTypeInfo<ControlCommand> ControlCommand => ProtocolJsonContext.Relaxed.ControlCommand;

    /// <summary>The body of a sync.</summary>
    public static JsonTypeInfo<SyncRequest> SyncRequest => ProtocolJsonContext.Relaxed.SyncRequest;

    /// <summary>The answer to a sync.</summary>
    public static JsonTypeInfo<SyncResponse> SyncResponse => ProtocolJsonContext.Relaxed.SyncResponse;

    /// <summary>The answer to a long-poll.</summary>
    public static JsonTypeInfo<WakeResponse> WakeResponse => ProtocolJsonContext.Relaxed.WakeResponse;
}
