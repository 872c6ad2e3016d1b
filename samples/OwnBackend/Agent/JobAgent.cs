using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;
using Unarr.Samples.OwnBackend.Messages;

namespace Unarr.Samples.OwnBackend.Agent;

/// <summary>What the agent does with what comes from the backend.</summary>
internal sealed partial class JobAgent(JobRunner jobs, SyncTrigger syncs, ILogger<JobAgent> logger) : DownlinkHandler
{
    private IReadOnlyList<Job> _reported = [];

    public override ValueTask HandleControlAsync(Control control, ControlDelivery delivery, CancellationToken cancellationToken)
    {
        switch (control.Action)
        {
            case "set-limit":
                jobs.SetLimit(control.ReadParameters(JobsJson.Default.Limit));
                break;
            case "cancel":
                jobs.Cancel(control.TaskId);
                break;
            default:
                throw new ControlRejectedException($"This agent does not know \"{control.Action}\".");
        }

        LogApplied(control.Action, delivery.Route);
        return ValueTask.CompletedTask;
    }

    public override ValueTask HandleEventAsync(DownlinkEvent downlinkEvent, CancellationToken cancellationToken)
    {
        if (downlinkEvent.EventType == "announcement" && downlinkEvent.Read(JobsJson.Default.Announcement) is { } announcement)
        {
            jobs.Announcement = announcement.Text;
            syncs.Request();
        }

        return ValueTask.CompletedTask;
    }

    public override ValueTask PrepareSyncAsync(SyncBody request, CancellationToken cancellationToken)
    {
        JobReport report = jobs.Report();
        _reported = report.Tasks;
        request.Write(report, JobsJson.Default.JobReport);
        return ValueTask.CompletedTask;
    }

    /// <summary>It comes before the controls of the same answer, so that a job is there before a control on it.</summary>
    public override ValueTask OnSyncedAsync(SyncReport report, CancellationToken cancellationToken)
    {
        if (report.Answer is { } answer)
        {
            jobs.Forget(_reported.Where(job => job.IsEnded));

            // A program that ends takes no new work: the jobs stay with the backend.
            if (report.Reason != SyncReason.Shutdown)
            {
                jobs.Start(answer.Read(JobsJson.Default.JobOrders).NewJobs);
            }
        }

        return ValueTask.CompletedTask;
    }

    [LoggerMessage(1, LogLevel.Information, "{Action} came over the {Route}")]
    private partial void LogApplied(string action, ControlRoute route);
}
