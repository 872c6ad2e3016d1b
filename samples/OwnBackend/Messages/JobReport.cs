namespace Unarr.Samples.OwnBackend.Messages;

/// <summary>The agent's own members of a sync's request. The protocol knows <c>tasks</c>: the hub counts them.</summary>
internal sealed record JobReport(long BytesPerSecond, string Announcement, IReadOnlyList<Job> Tasks);
