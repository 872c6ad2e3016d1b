using Unarr.Agents.Hub.Lines;

namespace Unarr.Agents.Hub.Controls;

/// <summary>A store whose failures, recoveries and unreadable controls are logged, each once.</summary>
internal sealed partial class WatchedControlStore(IControlStore store, ILogger<WatchedControlStore> logger) : IControlStore
{
    private string? _failure;

    public async ValueTask<AddOutcome> TryAddAsync(
        string agentId, IReadOnlyList<ControlRecord> controls, int maxPending, CancellationToken cancellationToken)
    {
        AddOutcome outcome = await WatchAsync(store.TryAddAsync(agentId, controls, maxPending, cancellationToken)).ConfigureAwait(false);
        if (outcome == AddOutcome.Added)
        {
            Written();
        }

        return outcome;
    }

    public async ValueTask<PendingPage> ReadPendingAsync(string agentId, string? after, PageSize size, CancellationToken cancellationToken)
    {
        PendingPage page = await WatchAsync(store.ReadPendingAsync(agentId, after, size, cancellationToken)).ConfigureAwait(false);
        foreach (ControlRecord control in page.SetAside)
        {
            LogSetAside(OneLine(control.Id), agentId, OneLine(control.Error ?? ""));
        }

        return page;
    }

    public ValueTask MarkHandedOutAsync(
        string agentId, IReadOnlyCollection<string> ids, DateTimeOffset at, CancellationToken cancellationToken) =>
        WatchAsync(store.MarkHandedOutAsync(agentId, ids, at, cancellationToken));

    public ValueTask<int> SettleAsync(
        string agentId, IReadOnlyCollection<ControlOutcome> outcomes, DateTimeOffset at, CancellationToken cancellationToken) =>
        WatchAsync(store.SettleAsync(agentId, outcomes, at, cancellationToken));

    public ValueTask<IReadOnlyList<ControlRecord>> GetSettledAsync(string agentId, CancellationToken cancellationToken) =>
        WatchAsync(store.GetSettledAsync(agentId, cancellationToken));

    public ValueTask<IReadOnlyDictionary<string, int>> CountPendingAsync(CancellationToken cancellationToken) =>
        WatchAsync(store.CountPendingAsync(cancellationToken));

    public async ValueTask CheckAsync(CancellationToken cancellationToken)
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
