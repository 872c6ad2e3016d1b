using Unarr.Agents.Downlink;

namespace Unarr.Samples.OwnBackend.Agent;

/// <summary>Lets the jobs go on, and has the end of one reported at once.</summary>
internal sealed class JobLoop(JobRunner jobs, SyncTrigger syncs, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Step, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (jobs.Advance(Step))
            {
                syncs.Request();
            }
        }
    }
}
