namespace Unarr.Samples.OwnBackend.Messages;

/// <summary>The backend's own members of a sync's answer: jobs that the agent has not reported yet.</summary>
internal sealed record JobOrders(IReadOnlyList<Job> NewJobs);
