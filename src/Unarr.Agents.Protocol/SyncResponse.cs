using System.Text.Json.Serialization;

namespace Unarr.Agents.Protocol;

/// <summary>The control plane's answer to a sync.</summary>
[JsonConverter(typeof(SyncResponseJsonConverter))]
public sealed class SyncResponse
{
    /// <summary>The controls to apply, in order; at most <see cref="ControlCommand.MaxControls"/>.</summary>
    public IReadOnlyList<Control> Controls { get; set; } = [];

    /// <summary>Whether somebody is watching. The agent then syncs at the shorter interval.</summary>
    public bool Watching { get; set; }

    /// <summary>Whether the control plane stored the acknowledgements of the sync. When it is <see langword="false"/>, the agent must list
    /// them again; <see langword="null"/> means that they were stored.</summary>
    public bool? Acknowledged { get; set; }

    /// <summary>The controls that were left out because they are over a bound, and that have an id.</summary>
    internal IReadOnlyList<FailedControl> Rejected { get; set; } = [];

    /// <summary>What the application adds to an answer that is written.</summary>
    internal SyncMembers? Members { get; set; }
}
