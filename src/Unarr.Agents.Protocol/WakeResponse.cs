using System.Text.Json.Serialization;

namespace Unarr.Agents.Protocol;

/// <summary>The control plane's answer to a long-poll.</summary>
[JsonConverter(typeof(WakeResponseJsonConverter))]
public sealed class WakeResponse
{
    /// <summary>Whether the agent must sync now. When it is <see langword="false"/>, nothing came, and the agent sends the next long-poll
    /// at once.</summary>
    public bool Wake { get; set; }
}
