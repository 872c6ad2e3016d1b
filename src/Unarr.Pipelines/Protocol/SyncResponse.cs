using System.Text.Json.Serialization;

namespace Unarr.Pipelines.Protocol;

/// <summary>The control plane's answer to a sync.</summary>
public sealed class SyncResponse
{
    /// <summary>The controls to apply, in order; at most <see cref="ControlCommand.MaxControls"/>.</summary>
    [JsonConverter(typeof(ControlListJsonConverter))]
    public IReadOnlyList<ControlAction> Controls { get; set; } = [];

    /// <summary>Whether somebody is watching, so that syncs come at the shorter interval.</summary>
    public bool Watching { get; set; }
}
