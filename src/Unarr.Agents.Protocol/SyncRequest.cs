using System.Text.Json;
using System.Text.Json.Serialization;

namespace Unarr.Agents.Protocol;

/// <summary>The body of a sync, which an agent sends to the control plane: who it is, what it does, and what the application
/// adds.</summary>
[JsonConverter(typeof(SyncRequestJsonConverter))]
public sealed class SyncRequest
{
    /// <summary>The agent's id.</summary>
    public required string AgentId { get; set; }

    /// <summary>The agent's name, for people.</summary>
    public string Name { get; set; } = "";

    /// <summary>The agent's version.</summary>
    public string Version { get; set; } = "";

    /// <summary>The operating system: <c>linux</c>, <c>windows</c> or <c>darwin</c>.</summary>
    public string Os { get; set; } = "";

    /// <summary>The processor architecture: <c>amd64</c>, <c>arm64</c>, <c>386</c> or <c>arm</c>.</summary>
    public string Arch { get; set; } = "";

    /// <summary>The tasks at hand, in the application's own shape
    /// (<see cref="JsonSerializer.SerializeToElement{TValue}(TValue, System.Text.Json.Serialization.Metadata.JsonTypeInfo{TValue})"/> makes
    /// such elements).</summary>
    public IReadOnlyList<JsonElement> Tasks { get; set; } = [];

    /// <summary>
    /// The ids of the controls that were applied since the last successful sync. <see langword="null"/> leaves the member out: the agent
    /// does not acknowledge, and the control plane hands each control out once.
    /// </summary>
    public IReadOnlyList<string>? AppliedControls { get; set; }

    /// <summary>The controls that the agent gave up; <see langword="null"/> leaves the member out.</summary>
    public IReadOnlyList<FailedControl>? FailedControls { get; set; }

    /// <summary>The application's own members: each entry becomes a member of the JSON object.</summary>
    public Dictionary<string, JsonElement>? Additional { get; set; }

    /// <summary>How many tasks a request that was read lists.</summary>
    internal int TaskCount { get; set; }

    /// <summary>What the application adds, as bytes; written after <see cref="Additional"/>.</summary>
    internal SyncMembers? Members { get; set; }
}
