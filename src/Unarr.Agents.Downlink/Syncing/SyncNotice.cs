using Microsoft.Extensions.Logging;
using Unarr.Agents.Downlink.Observing;
using Unarr.Pipelines.Net;

namespace Unarr.Agents.Downlink.Syncing;

/// <summary>Reports each sync to the application and waits for it: one call at a time, in order.</summary>
/// <param name="handler">The application.</param>
/// <param name="timeProvider">The clock.</param>
/// <param name="logger">Where to log.</param>
/// <param name="stop">The end of the time to shut down: calls are cancelled by it, and not waited for any longer.</param>
internal sealed class SyncNotice(DownlinkHandler handler, TimeProvider timeProvider, ILogger logger, CancellationToken stop)
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(5);

    private readonly bool _isAskedFor = new HandlerOverrides(handler).OnSynced;

    /// <summary>Reports a sync; its answer is not valid any more when the returned task ends.</summary>
    /// <returns>What the application threw, or what ended the wait for it; <see langword="null"/> when it accepted the sync.</returns>
    public async ValueTask<Exception?> GiveAsync(SyncReport report)
    {
        Task call = Task.CompletedTask;
        try
        {
            if (_isAskedFor)
            {
                call = CallAsync(report);
                await UntilEndedAsync(call).ConfigureAwait(false);
            }

            return null;
        }
        catch (OperationCanceledException exception) when (stop.IsCancellationRequested)
        {
            return exception;
        }
        catch (Exception exception)
        {
            DownlinkLog.NotificationFailed(logger, nameof(DownlinkHandler.OnSyncedAsync), exception);
            return exception;
        }
        finally
        {
            report.End(isAbandoned: !call.IsCompleted);
            if (!call.IsCompleted)
            {
                // Nobody looks at what an abandoned call throws.
                _ = call.ContinueWith(
                    static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            }
        }
    }

    /// <summary>Calls the application on a thread of the pool: one that blocks must not hold up the end of the downlink.</summary>
    /// <remarks>A method of its own: what it captures is allocated only where the application is called.</remarks>
    private Task CallAsync(SyncReport report) =>
        Task.Run(() => handler.OnSyncedAsync(report, stop).AsTask(), CancellationToken.None);

    private async Task UntilEndedAsync(Task call)
    {
        using (var deadline = new Deadline(Long, timeProvider, stop))
        {
            try
            {
                await call.WaitAsync(deadline.Token).ConfigureAwait(false);
                return;
            }
            catch (OperationCanceledException) when (deadline.HasPassed && !call.IsCompleted)
            {
                DownlinkLog.SyncedIsSlow(logger, Long.TotalSeconds);
            }
        }

        await call.WaitAsync(stop).ConfigureAwait(false);
    }
}
