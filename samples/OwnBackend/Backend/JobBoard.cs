using Unarr.Samples.OwnBackend.Messages;

namespace Unarr.Samples.OwnBackend.Backend;

/// <summary>What the backend knows of its agents and their jobs; yours is a database. Thread-safe.</summary>
internal sealed class JobBoard
{
    public const int MaxJobs = 100;

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, AgentView> _agents = new(StringComparer.Ordinal);

    public IReadOnlyList<AgentView> Agents
    {
        get
        {
            lock (_gate)
            {
                return [.. _agents.Values];
            }
        }
    }

    public AgentView Connect(string agentId, bool isConnected) => Change(agentId, view => view with { IsConnected = isConnected });

    /// <summary>Keeps a job until the agent reports it; when the agent has too many jobs, it is not on the board afterwards.</summary>
    public AgentView Add(string agentId, Job job) => Change(
        agentId, view => view.Jobs.Count(other => !other.IsEnded) < MaxJobs ? view with { Jobs = [.. view.Jobs, job] } : view);

    /// <summary>Hands out a waiting job no more. One that an agent has ends when the agent says so.</summary>
    public AgentView Cancel(string agentId, string jobId) => Change(agentId, view => view with
    {
        Jobs = [.. view.Jobs.Select(
            job => job.Id == jobId && job.State == JobState.Waiting ? job with { State = JobState.Cancelled } : job)],
    });

    /// <summary>Takes what an agent reported.</summary>
    public AgentView Take(string agentId, JobReport report) => Change(agentId, view =>
    {
        Dictionary<string, Job> reported = report.Tasks.DistinctBy(job => job.Id).ToDictionary(job => job.Id);
        Job[] jobs = [.. view.Jobs.Select(job => reported.TryGetValue(job.Id, out Job? now)
            ? job with { DoneBytes = now.DoneBytes, State = now.State } : job)];
        return view with
        {
            BytesPerSecond = report.BytesPerSecond,
            Announcement = report.Announcement,
            Jobs = [.. jobs.Where(job => !job.IsEnded), .. jobs.Where(job => job.IsEnded).TakeLast(MaxJobs)],
        };
    });

    private AgentView Change(string agentId, Func<AgentView, AgentView> change)
    {
        lock (_gate)
        {
            return _agents[agentId] = change(_agents.GetValueOrDefault(agentId) ?? new AgentView(agentId));
        }
    }
}
