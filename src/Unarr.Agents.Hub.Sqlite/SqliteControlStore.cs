using Microsoft.Data.Sqlite;
using Unarr.Agents.Hub.Controls;

namespace Unarr.Agents.Hub.Sqlite;

/// <summary>Keeps controls in a file: what a call has stored when it returns survives the end of the process and the loss of
/// power.</summary>
/// <remarks>
/// One connection, one transaction at a time. Calls that write and come at once are made in one transaction, and each is answered after
/// that has been synced to the disk. The file belongs to this store alone until it is disposed of, so what is pending is known without
/// reading: how much each agent has, and the short queues themselves. The file is bounded by the agents: each has at most as many pending
/// controls as a push allows, and as many that ended as it is asked to keep.
/// </remarks>
internal sealed class SqliteControlStore : ControlStore, IDisposable
{
    // Room for the largest push, in the log and in the file.
    private const long EnoughFreeBytes = 2 * QueueSize.MaxBytes;

    private readonly HeldQueues _held = new();
    private readonly SqliteConnection _connection;
    private readonly SqliteReads _reads;
    private readonly SqliteWrites _writes;
    private readonly SqliteFileWatch _file;
    private readonly SqliteCallQueue _calls;
    private readonly int _maxEnded;
    private readonly Func<long> _freeBytes;
    private bool _adds;
    private bool _failed;
    private bool _isFull;
    private volatile bool _disposed;

    /// <summary>Makes a store of a file that <see cref="SqliteControlFile"/> opened; the store disposes the connection.</summary>
    /// <param name="connection">The open file.</param>
    /// <param name="freeBytes">How much room its disk has. Default: what the system says.</param>
    /// <param name="maxEnded">How many ended controls are kept of each agent.</param>
    public SqliteControlStore(SqliteConnection connection, Func<long>? freeBytes = null, int maxEnded = MinEnded)
    {
        _maxEnded = maxEnded;
        _connection = connection;
        _freeBytes = freeBytes ?? (() => new DriveInfo(Path.GetDirectoryName(connection.DataSource)!).AvailableFreeSpace);
        _file = new SqliteFileWatch(connection);
        _reads = new SqliteReads(connection);
        _writes = new SqliteWrites(connection);
        _calls = new SqliteCallQueue(MakeRound);
    }

    /// <summary>Opens a store, or makes it where there is no such file.</summary>
    /// <exception cref="ControlStoreException">The file cannot be the store; the message says why.</exception>
    public static SqliteControlStore Open(string path, int maxEnded = MinEnded) => new(SqliteControlFile.Open(path), maxEnded: maxEnded);

    public override ValueTask<IReadOnlyList<PushResult>> AddAsync(
        IReadOnlyList<ControlRecord> controls, int maxPending, CancellationToken cancellationToken)
    {
        // Measured before the transaction, which is short: the store is never held long by one caller.
        (PushGroup Group, QueueSize Size)[] groups =
            [.. PushGroup.Of(controls).Select(group => (group, QueueSize.Of(group.Controls)))];
        return WriteAsync<IReadOnlyList<PushResult>>(() => Add(groups, maxPending), cancellationToken);
    }

    public override ValueTask<IReadOnlyList<ControlRecord>> GetPendingAsync(
        string agentId, long afterSequence, int maxCount, CancellationToken cancellationToken) =>
        FromHeld(agentId) is { Controls: not null } held
            ? ValueTask.FromResult(held.ReadAfter(afterSequence, maxCount))
            : ReadAsync<IReadOnlyList<ControlRecord>>(() => ReadPage(agentId, afterSequence, maxCount), cancellationToken);

    public override ValueTask<IReadOnlyList<ControlRecord>> GetEndedAsync(string agentId, CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<ControlRecord>>(() => _reads.Ended(agentId), cancellationToken);

    internal override ValueTask<IReadOnlyList<ControlRecord>> GetLastEndedAsync(
        string agentId, int maxCount, CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<ControlRecord>>(() => _reads.LastEnded(agentId, maxCount), cancellationToken);

    internal override ValueTask<IReadOnlyList<ControlRecord>> GetEndedBeforeAsync(
        string agentId, long beforeSequence, int maxCount, CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<ControlRecord>>(() => _reads.EndedBefore(agentId, beforeSequence, maxCount), cancellationToken);

    public override ValueTask<IReadOnlyList<ControlRecord>> UpdateAsync(
        string agentId, IReadOnlyList<ControlUpdate> updates, CancellationToken cancellationToken) =>
        WriteAsync<IReadOnlyList<ControlRecord>>(() => Update(agentId, updates), cancellationToken);

    public override async ValueTask RemoveAgentAsync(string agentId, CancellationToken cancellationToken) => await WriteAsync(
        () =>
        {
            _writes.Remove(agentId);
            SqliteAgentTable.Remove(_connection, agentId);
            _held.Change(agentId, HeldQueue.Empty);
            return true;
        },
        cancellationToken).ConfigureAwait(false);

    public override ValueTask<int> CountPendingAsync(string agentId, CancellationToken cancellationToken) =>
        FromHeld(agentId) is { } held
            ? ValueTask.FromResult(held.Size.Controls)
            : ReadAsync(() => _held.InTransaction(agentId).Size.Controls, cancellationToken);

    public override ValueTask<long?> FindPendingAsync(string agentId, string controlId, CancellationToken cancellationToken) =>
        FromHeld(agentId) is { Controls: not null } held
            ? ValueTask.FromResult(held.Find(controlId)?.Sequence)
            : ReadAsync(() => _reads.FindPending(agentId, controlId), cancellationToken);

    public override ValueTask<IReadOnlyDictionary<string, int>> CountPendingAsync(CancellationToken cancellationToken) =>
        ReadAsync(() => _held.Counts, cancellationToken);

    internal override ValueTask<IReadOnlyList<RememberedAgent>> GetRememberedAgentsAsync(CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<RememberedAgent>>(() => SqliteAgentTable.Read(_connection), cancellationToken);

    internal override async ValueTask RememberAsync(IReadOnlyList<RememberedAgent> agents, CancellationToken cancellationToken) =>
        await WriteAsync(
            () =>
            {
                SqliteAgentTable.Write(_connection, agents);
                return true;
            },
            cancellationToken).ConfigureAwait(false);

    public override async ValueTask CheckAsync(CancellationToken cancellationToken) => await ReadAsync(
        () =>
        {
            if (_isFull && _freeBytes() < EnoughFreeBytes)
            {
                // The smallest write may fit still: that says nothing of the next push.
                throw new ControlStoreException(SqliteFailure.DiskFull);
            }

            if (_failed)
            {
                using SqliteTransaction transaction = _connection.BeginTransaction();
                SqliteControlFile.WriteVersion(_connection);
                transaction.Commit();
                _failed = _isFull = false;
            }

            return true;
        },
        cancellationToken).ConfigureAwait(false);

    /// <summary>The store's file.</summary>
    public string FilePath => _connection.DataSource;

    /// <summary>Copies the store while it is in use.</summary>
    /// <param name="path">The copy: a file that is not there yet.</param>
    /// <param name="cancellationToken">Ends the copying.</param>
    /// <exception cref="ControlStoreException">The copy cannot be made.</exception>
    public Task BackupAsync(string path, CancellationToken cancellationToken) =>
        SqliteBackup.RunAsync(_connection, path, step => ReadAsync(step, cancellationToken), cancellationToken);

    /// <summary>Closes the file, once the transaction that is going on has ended; harmless when it is closed.</summary>
    public void Dispose()
    {
        if (_calls.Close())
        {
            _disposed = true;
            _writes.Dispose();
            _connection.Dispose();
        }
    }

    private PushResult[] Add((PushGroup Group, QueueSize Size)[] groups, int maxPending)
    {
        PushResult[] results = new PushResult[groups.Length];
        for (int i = 0; i < groups.Length; i++)
        {
            (PushGroup group, QueueSize further) = groups[i];
            HeldQueue queue = _held.InTransaction(group.AgentId);
            if (queue.Size.Refuse(further, maxPending) is { } refusal)
            {
                results[i] = group.Refused(refusal);
                continue;
            }

            ControlRecord[] added = new ControlRecord[group.Controls.Count];
            for (int j = 0; j < added.Length; j++)
            {
                added[j] = group.Controls[j] with { Sequence = _writes.Insert(group.Controls[j]) };
            }

            _adds = true;
            results[i] = group.Queued(added[^1].Sequence);
            _held.Change(group.AgentId, queue.Add(added, further));
        }

        return results;
    }

    private List<ControlRecord> ReadPage(string agentId, long after, int maxCount)
    {
        List<ControlRecord> page = _reads.Pending(agentId, after, maxCount);
        HeldQueue queue = _held.InTransaction(agentId);
        if (page.Exists(IsUnreadable))
        {
            _reads.SetAside(agentId, page.Where(IsUnreadable));

            // Their size is not to be known from what is left of them: it is counted again.
            _held.Set(agentId, new HeldQueue(_reads.SizeOf(agentId), null));
        }
        else if (page.Count == queue.Size.Controls)
        {
            _held.Set(agentId, queue.Hold([.. page]));
        }

        return page;
    }

    private static bool IsUnreadable(ControlRecord record) => record.State == ControlState.Unreadable;

    private List<ControlRecord> Update(string agentId, IReadOnlyList<ControlUpdate> updates)
    {
        HeldQueue queue = _held.InTransaction(agentId);
        List<ControlRecord> changed = [];
        long? place = null;
        foreach (ControlUpdate update in updates)
        {
            if (Find(queue, agentId, update.ControlId) is not { } row
                || !(row.IsPending || ControlChange.Replaces(row.Record.State, update.State)))
            {
                continue;
            }

            bool ends = row.IsPending && update.Ends;
            place = ends ? (place ?? _writes.LastPlace(agentId)) + 1 : place;
            _writes.Update(row.Record.Sequence, update, ends ? place : null);
            ControlRecord now = (row.Record with { IsEnded = !row.IsPending }).Apply(update);
            changed.Add(now);
            queue = row.IsPending ? queue.Change(now, row.Bytes) : queue;
        }

        if (place is { } last)
        {
            _writes.Trim(agentId, last - _maxEnded);
        }

        _held.Change(agentId, queue);
        return changed;
    }

    private SqliteControlRow? Find(HeldQueue queue, string agentId, string controlId) =>
        queue.Find(controlId) is { } held
            ? new SqliteControlRow(held, IsPending: true, held.WrittenBytes)
            : _reads.Find(agentId, controlId);

    /// <summary>What is known of an agent's queue; <see langword="null"/> where the file has to be read.</summary>
    private HeldQueue? FromHeld(string agentId) =>
        !_disposed && !_file.IsGone && _held.TryGet(agentId, out HeldQueue? queue) ? queue : null;

    private ValueTask<T> ReadAsync<T>(Func<T> read, CancellationToken cancellationToken) =>
        CallAsync(new SqliteCall<T>(read, writes: false), cancellationToken);

    private ValueTask<T> WriteAsync<T>(Func<T> write, CancellationToken cancellationToken) =>
        CallAsync(new SqliteCall<T>(write, writes: true), cancellationToken);

    private async ValueTask<T> CallAsync<T>(SqliteCall<T> call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _calls.Add(call);
        return await call.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes the calls that wait: each read by itself, and what writes in one transaction.</summary>
    private void MakeRound(IReadOnlyList<SqliteCall> calls)
    {
        List<SqliteCall> writes = [];
        foreach (SqliteCall call in calls)
        {
            if (!call.TryTake())
            {
                continue;
            }

            if (call.Writes)
            {
                writes.Add(call);
            }
            else
            {
                Read(call);
            }
        }

        if (writes.Count > 0 && !TryWrite(writes))
        {
            // One of them failed, and took the others' work with it: each has a transaction of its own.
            writes.ForEach(call => TryWrite([call]));
        }
    }

    private void Read(SqliteCall call)
    {
        try
        {
            Prepare();
            call.Make();
            call.Answer();
        }
        catch (Exception exception)
        {
            call.Fail(Failed(exception));
        }
    }

    /// <summary>Makes calls in one transaction and answers them.</summary>
    /// <returns><see langword="false"/> when one of several failed: nothing is stored then, and none is answered.</returns>
    private bool TryWrite(List<SqliteCall> calls)
    {
        bool isCommitting = false;
        _adds = false;
        try
        {
            Prepare();
            _writes.Begin();
            calls.ForEach(static call => call.Make());
            isCommitting = true;
            _writes.Commit();
        }
        catch (Exception exception)
        {
            Exception failure = Failed(exception);
            _held.Discard();
            TryRollBack();
            if (isCommitting || calls.Count == 1)
            {
                calls.ForEach(call => call.Fail(failure));
                return true;
            }

            return false;
        }

        _held.Commit();
        if (_adds)
        {
            _failed = _isFull = false;
        }

        calls.ForEach(static call => call.Answer());
        return true;
    }

    private void TryRollBack()
    {
        try
        {
            _writes.Rollback();
        }
        catch (SqliteException exception)
        {
            // The next transaction cannot begin, and says so to whoever asks for it.
            Failed(exception);
        }
    }

    private void Prepare()
    {
        _file.ThrowIfMoved();
        if (!_held.IsKnown)
        {
            _held.Know(_reads.Sizes());
        }
    }

    private Exception Failed(Exception exception)
    {
        if (exception is not SqliteException failure)
        {
            return exception;
        }

        _failed = true;
        _isFull = failure.SqliteErrorCode == SQLitePCL.raw.SQLITE_FULL;
        return new ControlStoreException(SqliteFailure.Explain(failure), failure);
    }
}
