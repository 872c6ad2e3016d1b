using System.Text.Json.Serialization;
using Unarr.Samples.OwnBackend.Messages;

namespace Unarr.Samples.OwnBackend.Backend;

/// <summary>An agent as the page shows it.</summary>
internal sealed record AgentView(string Id)
{
    public bool IsConnected { get; init; }

    public long BytesPerSecond { get; init; }

    public string Announcement { get; init; } = "";

    public IReadOnlyList<Job> Jobs { get; init; } = [];

    [JsonIgnore]
    public IReadOnlyList<Job> Waiting => [.. Jobs.Where(job => job.State == JobState.Waiting)];
}
