using System.Text.Json.Serialization;

namespace Unarr.Agents.Protocol;

/// <summary>The payload of a <c>command</c> event: controls, in the order in which they are to be applied.</summary>
[JsonConverter(typeof(ControlCommandJsonConverter))]
public sealed class ControlCommand
{
    /// <summary>The most controls that one <c>command</c> event or sync may carry: 1,024. A payload with more does not parse.</summary>
    public const int MaxControls = 1024;

    /// <summary>The longest <see cref="AckWithin"/>: 60,000 milliseconds. A longer time is read as this one.</summary>
    public const int MaxAckWithin = 60_000;

    /// <summary>The controls; empty when the payload has none.</summary>
    public IReadOnlyList<Control> Controls { get; set; } = [];

    /// <summary>
    /// The time in milliseconds within which, at a random moment, the sync that acknowledges these controls is due; <see langword="null"/>
    /// when the payload does not have it.
    /// </summary>
    public int? AckWithin { get; set; }

    /// <summary>The controls that were left out because they are over a bound, and that have an id.</summary>
    internal IReadOnlyList<FailedControl> Rejected { get; set; } = [];
}
