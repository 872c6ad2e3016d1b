using Unarr.Agents.Hub.Lines;
using Unarr.Agents.Hub.Observing;

namespace Unarr.Agents.Hub.Controls;

/// <summary>A store whose failures, recoveries and unreadable controls are logged: each way to fail once until the store works
/// again.</summary>
internal sealed class WatchedControlStore(
    ControlStore store, HubInstruments instruments, ILogger<WatchedControlStore> logger) : ControlStore
{
    // A store that fails in more ways than these is logged no further until it works.
    private const int MostReasons = 16;

    private readonly Lock _gate = new();
    private readonly HashSet<string> _reasons = new(StringComparer.Ordinal);
    private volatile bool _hasFailed;

    internal override string? Degraded => store.Degraded;

    public override async ValueTask<IReadOnlyList<PushResult>> AddAsync(
        IReadOnlyList<ControlRecord> controls, int maxPending, CancellationToken cancellationToken) =>
        Added(await WatchAsync(
            static (store, call, cancel) => store.AddAsync(call.controls, call.maxPending, cancel), (controls, maxPending),
            cancellationToken).ConfigureAwait(false));

    internal override async ValueTask<IReadOnlyList<PushResult>> AddOnceAsync(
        IReadOnlyList<ControlRecord> controls, int maxPending, CancellationToken cancellationToken) =>
        Added(await WatchAsync(
            static (store, call, cancel) => store.AddOnceAsync(call.controls, call.maxPending, cancel), (controls, maxPending),
            cancellationToken).ConfigureAwait(false));

    private IReadOnlyList<PushResult> Added(IReadOnlyList<PushResult> results)
    {
        if (results.Any(static result => result.Status == PushStatus.Queued))
        {
            Written();
        }

        return results;
    }

    public override async ValueTask<IReadOnlyList<ControlRecord>> GetPendingAsync(
        string agentId, long afterSequence, int maxCount, CancellationToken cancellationToken)
    {
        IReadOnlyList<ControlRecord> page = await WatchAsync(
            static (store, call, cancel) => store.GetPendingAsync(call.agentId, call.afterSequence, call.maxCount, cancel),
            (agentId, afterSequence, maxCount), cancellationToken).ConfigureAwait(false);
        foreach (ControlRecord control in page)
        {
            if (control.State == ControlState.Unreadable)
            {
                HubLog.ControlSetAside(logger, OneLine(control.Id), Printable.Text(agentId), OneLine(control.Error ?? ""));
            }
        }

        return page;
    }

    public override ValueTask<IReadOnlyList<ControlRecord>> UpdateAsync(
        string agentId, IReadOnlyList<ControlUpdate> updates, CancellationToken cancellationToken) => WatchAsync(
            static (store, call, cancel) => store.UpdateAsync(call.agentId, call.updates, cancel), (agentId, updates), cancellationToken);

    public override ValueTask<IReadOnlyList<ControlRecord>> GetEndedAsync(string agentId, CancellationToken cancellationToken) =>
        WatchAsync(static (store, agentId, cancel) => store.GetEndedAsync(agentId, cancel), agentId, cancellationToken);

    internal override ValueTask<IReadOnlyList<ControlRecord>> GetLastEndedAsync(
        string agentId, int maxCount, CancellationToken cancellationToken) => WatchAsync(
            static (store, call, cancel) => store.GetLastEndedAsync(call.agentId, call.maxCount, cancel), (agentId, maxCount),
            cancellationToken);

    internal override ValueTask<IReadOnlyList<ControlRecord>> GetEndedBeforeAsync(
        string agentId, long beforeSequence, int maxCount, CancellationToken cancellationToken) => WatchAsync(
            static (store, call, cancel) => store.GetEndedBeforeAsync(call.agentId, call.beforeSequence, call.maxCount, cancel),
            (agentId, beforeSequence, maxCount), cancellationToken);

    public override ValueTask<IReadOnlyDictionary<string, int>> CountPendingAsync(CancellationToken cancellationToken) =>
        WatchAsync(static (store, _, cancel) => store.CountPendingAsync(cancel), 0, cancellationToken);

    public override ValueTask<int> CountPendingAsync(string agentId, CancellationToken cancellationToken) =>
        WatchAsync(static (store, agentId, cancel) => store.CountPendingAsync(agentId, cancel), agentId, cancellationToken);

    public override ValueTask<long?> FindPendingAsync(string agentId, string controlId, CancellationToken cancellationToken) =>
        WatchAsync(
            static (store, call, cancel) => store.FindPendingAsync(call.agentId, call.controlId, cancel), (agentId, controlId),
            cancellationToken);

    public override async ValueTask RemoveAgentAsync(string agentId, CancellationToken cancellationToken) => await WatchAsync(
        static async (store, agentId, cancel) =>
        {
            await store.RemoveAgentAsync(agentId, cancel).ConfigureAwait(false);
            return true;
        },
        agentId, cancellationToken).ConfigureAwait(false);

    internal override ValueTask<IReadOnlyList<RememberedAgent>> GetRememberedAgentsAsync(CancellationToken cancellationToken) =>
        WatchAsync(static (store, _, cancel) => store.GetRememberedAgentsAsync(cancel), 0, cancellationToken);

    internal override async ValueTask RememberAsync(IReadOnlyList<RememberedAgent> agents, CancellationToken cancellationToken) =>
        await WatchAsync(
            static async (store, agents, cancel) =>
            {
                await store.RememberAsync(agents, cancel).ConfigureAwait(false);
                return true;
            },
            agents, cancellationToken).ConfigureAwait(false);

    public override async ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        await WatchAsync(
            static async (store, _, cancel) =>
            {
                await store.CheckAsync(cancel).ConfigureAwait(false);
                return true;
            },
            0, cancellationToken).ConfigureAwait(false);
        Written();
    }

    /// <summary>Makes a call of the store. Whatever it throws, the store has failed: each caller deals with one exception.</summary>
    private async ValueTask<T> WatchAsync<TCall, T>(
        Func<ControlStore, TCall, CancellationToken, ValueTask<T>> make, TCall call, CancellationToken cancellationToken)
    {
        try
        {
            return await make(store, call, cancellationToken).ConfigureAwait(false);
        }
        catch (ControlStoreException exception)
        {
            Failed(exception.Message, null);
            throw;
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // What it says is for the log: whoever asks must not learn what an application's store is made of.
            string why = $"it threw {exception.GetType().Name}";
            Failed(why, exception);
            throw new ControlStoreException(why, exception);
        }
    }

    private void Failed(string why, Exception? unknown)
    {
        instruments.StoreFailed();
        bool isNew;
        lock (_gate)
        {
            _hasFailed = true;
            isNew = _reasons.Count < MostReasons && _reasons.Add(why);
        }

        if (isNew)
        {
            HubLog.StoreFailed(logger, unknown, why);
        }
    }

    /// <summary>A read, or a small write, proves nothing of a store whose disk is full: a push or a check ends a failure.</summary>
    private void Written()
    {
        if (!_hasFailed)
        {
            return;
        }

        lock (_gate)
        {
            if (!_hasFailed)
            {
                return;
            }

            _hasFailed = false;
            _reasons.Clear();
        }

        HubLog.StoreWorks(logger);
    }

    private static string OneLine(string text) =>
        string.Concat(Shorten.Text(text).Select(character => char.IsControl(character) ? ' ' : character));
}
