using Unarr.Agents.Hub.Lines;
using Unarr.Agents.Hub.Observing;

namespace Unarr.Agents.Hub.Controls;

/// <summary>A store whose failures, recoveries and unreadable controls are logged, each once.</summary>
internal sealed partial class WatchedControlStore(
    ControlStore store, HubInstruments instruments, ILogger<WatchedControlStore> logger) : ControlStore
{
    private string? _failure;

    public override async ValueTask<IReadOnlyList<PushResult>> AddAsync(
        IReadOnlyList<ControlRecord> controls, int maxPending, CancellationToken cancellationToken)
    {
        IReadOnlyList<PushResult> results =
            await WatchAsync(store.AddAsync(controls, maxPending, cancellationToken)).ConfigureAwait(false);
        if (results.Any(static result => result.Status == PushStatus.Queued))
        {
            Written();
        }

        return results;
    }

    public override async ValueTask<IReadOnlyList<ControlRecord>> GetPendingAsync(
        string agentId, long afterSequence, int maxCount, CancellationToken cancellationToken)
    {
        IReadOnlyList<ControlRecord> page =
            await WatchAsync(store.GetPendingAsync(agentId, afterSequence, maxCount, cancellationToken)).ConfigureAwait(false);
        foreach (ControlRecord control in page)
        {
            if (control.State == ControlState.Unreadable)
            {
                LogSetAside(OneLine(control.Id), Printable.Text(agentId), OneLine(control.Error ?? ""));
            }
        }

        return page;
    }

    public override ValueTask<IReadOnlyList<ControlRecord>> UpdateAsync(
        string agentId, IReadOnlyList<ControlUpdate> updates, CancellationToken cancellationToken) =>
        WatchAsync(store.UpdateAsync(agentId, updates, cancellationToken));

    public override ValueTask<IReadOnlyList<ControlRecord>> GetEndedAsync(string agentId, CancellationToken cancellationToken) =>
        WatchAsync(store.GetEndedAsync(agentId, cancellationToken));

    public override ValueTask<IReadOnlyDictionary<string, int>> CountPendingAsync(CancellationToken cancellationToken) =>
        WatchAsync(store.CountPendingAsync(cancellationToken));

    public override ValueTask<int> CountPendingAsync(string agentId, CancellationToken cancellationToken) =>
        WatchAsync(store.CountPendingAsync(agentId, cancellationToken));

    public override ValueTask<long?> FindPendingAsync(string agentId, string controlId, CancellationToken cancellationToken) =>
        WatchAsync(store.FindPendingAsync(agentId, controlId, cancellationToken));

    public override ValueTask RemoveAgentAsync(string agentId, CancellationToken cancellationToken) =>
        WatchAsync(store.RemoveAgentAsync(agentId, cancellationToken));

    public override async ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        await WatchAsync(store.CheckAsync(cancellationToken)).ConfigureAwait(false);
        Written();
    }

    private async ValueTask WatchAsync(ValueTask call)
    {
        try
        {
            await call.ConfigureAwait(false);
        }
        catch (ControlStoreException exception)
        {
            Failed(exception.Message);
            throw;
        }
    }

    private async ValueTask<T> WatchAsync<T>(ValueTask<T> call)
    {
        try
        {
            return await call.ConfigureAwait(false);
        }
        catch (ControlStoreException exception)
        {
            Failed(exception.Message);
            throw;
        }
    }

    private void Failed(string why)
    {
        instruments.StoreFailed();
        if (Interlocked.Exchange(ref _failure, why) != why)
        {
            LogFailed(why);
        }
    }

    /// <summary>A read, or a small write, proves nothing of a store whose disk is full: a push or a check ends a failure.</summary>
    private void Written()
    {
        if (Volatile.Read(ref _failure) is not null && Interlocked.Exchange(ref _failure, null) is not null)
        {
            LogWorks();
        }
    }

    private static string OneLine(string text) =>
        string.Concat(Shorten.Text(text).Select(character => char.IsControl(character) ? ' ' : character));

    [LoggerMessage(20, LogLevel.Error, "The store cannot be used: {Reason}. What needs it is answered with 503 until it can.")]
    private partial void LogFailed(string reason);

    [LoggerMessage(21, LogLevel.Information, "The store can be used again")]
    private partial void LogWorks();

    [LoggerMessage(22, LogLevel.Error, "Control {Control} of agent {Agent} is set aside and will not be delivered. {Reason}")]
    private partial void LogSetAside(string control, string agent, string reason);
}
