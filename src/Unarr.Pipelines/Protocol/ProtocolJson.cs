using System.Text.Json.Serialization.Metadata;

namespace Unarr.Pipelines.Protocol;

/// <summary>The source-generated JSON contracts of the protocol's payloads, for agents and control planes alike.</summary>
/// <remarks>
/// Task ids and actions are taken from a pool of strings: reading one that was seen before allocates nothing for it.
/// <example>
/// <code>
/// ControlCommand? command = JsonSerializer.Deserialize(frame.Data.Span, ProtocolJson.ControlCommand);
/// </code>
/// </example>
/// </remarks>
public static class ProtocolJson
{
    /// <summary>One control, as commands and syncs list them.</summary>
    public static JsonTypeInfo<ControlAction> ControlAction => ProtocolJsonContext.Default.ControlAction;

    /// <summary>The payload of a <c>command</c> event.</summary>
    public static JsonTypeInfo<ControlCommand> ControlCommand => ProtocolJsonContext.Default.ControlCommand;

    /// <summary>The body of a sync.</summary>
    public static JsonTypeInfo<SyncRequest> SyncRequest => ProtocolJsonContext.Default.SyncRequest;

    /// <summary>The answer to a sync.</summary>
    public static JsonTypeInfo<SyncResponse> SyncResponse => ProtocolJsonContext.Default.SyncResponse;

    /// <summary>The answer to a long-poll.</summary>
    public static JsonTypeInfo<WakeResponse> WakeResponse => ProtocolJsonContext.Default.WakeResponse;
}
