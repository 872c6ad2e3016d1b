using System.Text.Json.Serialization;

namespace Unarr.Agents.Protocol;

/// <summary>The control plane's answer to a long-poll.</summary>
[JsonConverter(typeof(WakeResponseJsonConverter))]
public sealed class WakeResponse
{
    /// <summary><see langword="true"/>: sync now. <see langword="false"/>: nothing came, ask again at once.</summary>
    public bool Wake { get; set; }
}
