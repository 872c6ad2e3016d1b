using System.Text.Json.Serialization;

namespace Unarr.Agents.Protocol;

/// <summary>The payload of a <c>command</c> event: controls, in the order in which they are to be applied.</summary>
[JsonConverter(typeof(ControlCommandJsonConverter))]
public sealed class ControlCommand
{
    /// <summary>How many controls one command or sync may carry: 1,024. More is a payload that does not parse.</summary>
    public const int MaxControls = 1024;

    /// <summary>The longest <see cref="AckWithin"/>: 60,000 milliseconds. A longer one is read as this.</summary>
    public const int MaxAckWithin = 60_000;

    /// <summary>The controls; empty when the payload names none.</summary>
    public IReadOnlyList<Control> Controls { get; set; } = [];

    /// <summary>
    /// The sync that acknowledges these controls is due at a random moment within so many milliseconds; <see langword="null"/> when the
    /// command does not say it.
    /// </summary>
    public int? AckWithin { get; set; }

    /// <summary>The controls that were left out because they are over a bound, and that have an id.</summary>
    internal IReadOnlyList<FailedControl> Rejected { get; set; } = [];
}
