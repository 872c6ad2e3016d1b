using System.Text.Json.Serialization;

namespace Unarr.Pipelines.Protocol;

/// <summary>The payload of a <c>command</c> event: controls, in the order in which they are to be applied.</summary>
public sealed class ControlCommand
{
    /// <summary>How many controls one command or sync may carry: 1,024. More is a payload that does not parse.</summary>
    public const int MaxControls = 1024;

    /// <summary>The controls; empty when the payload names none.</summary>
    [JsonConverter(typeof(ControlListJsonConverter))]
    public IReadOnlyList<ControlAction> Controls { get; set; } = [];
}
