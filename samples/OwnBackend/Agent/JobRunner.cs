using Unarr.Agents.Protocol;
using Unarr.Samples.OwnBackend.Messages;

namespace Unarr.Samples.OwnBackend.Agent;

/// <summary>The agent's jobs. All that is done to them may be done twice. Thread-safe.</summary>
internal sealed class JobRunner
{
    public const long MaxBytesPerSecond = 1_000_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Job> _jobs = [];
    private long _bytesPerSecond = 1_000;

    public string Announcement { get; set; } = "";

    /// <exception cref="ControlRejectedException">The limit is more than the agent can do.</exception>
    public void SetLimit(Limit limit)
    {
        if (limit.BytesPerSecond is < 1 or > MaxBytesPerSecond)
        {
            throw new ControlRejectedException($"The limit is 1 to {MaxBytesPerSecond} bytes a second, and not {limit.BytesPerSecond}.");
        }

        lock (_gate)
        {
            _bytesPerSecond = limit.BytesPerSecond;
        }
    }

    public void Start(IEnumerable<Job> jobs)
    {
        lock (_gate)
        {
            foreach (Job job in jobs)
            {
                _jobs.TryAdd(job.Id, job with { State = JobState.Running });
            }
        }
    }

    /// <summary>A job that has not come yet is cancelled too: it may be on its way.</summary>
    public void Cancel(string id)
    {
        lock (_gate)
        {
            Job job = _jobs.GetValueOrDefault(id) ?? new Job(id, "", 0);
            _jobs[id] = job.IsEnded ? job : job with { State = JobState.Cancelled };
        }
    }

    public JobReport Report()
    {
        lock (_gate)
        {
            return new JobReport(_bytesPerSecond, Announcement, [.. _jobs.Values]);
        }
    }

    /// <summary>The backend knows how these ended.</summary>
    public void Forget(IEnumerable<Job> ended)
    {
        lock (_gate)
        {
            foreach (Job job in ended)
            {
                _jobs.Remove(job.Id);
            }
        }
    }

    /// <summary>Moves the bytes of some time.</summary>
    /// <returns>Whether a job has ended by that.</returns>
    public bool Advance(TimeSpan time)
    {
        lock (_gate)
        {
            Job[] running = [.. _jobs.Values.Where(job => job.State == JobState.Running)];
            foreach (Job job in running)
            {
                long done = Math.Min(job.Bytes, job.DoneBytes + (long)(_bytesPerSecond * time.TotalSeconds / running.Length));
                _jobs[job.Id] = job with { DoneBytes = done, State = done == job.Bytes ? JobState.Done : JobState.Running };
            }

            return running.Any(job => _jobs[job.Id].IsEnded);
        }
    }
}
