using Microsoft.Data.Sqlite;
using Unarr.Agents.Hub.Controls;
using Unarr.Agents.Protocol;

namespace Unarr.Agents.Hub.Sqlite;

/// <summary>Keeps controls in a file: what a call has stored when it returns survives the end of the process and the loss of
/// power.</summary>
/// <remarks>
/// One connection, one transaction at a time: callers wait for their turn without a thread, and hold one for their own transaction only.
/// The file belongs to this store alone until it is disposed of, so how much each agent has pending is counted once and kept in memory.
/// The file is bounded by the agents: each has at most as many pending controls as a push allows, and as many that ended as it
/// is asked to keep.
/// </remarks>
internal sealed class SqliteControlStore : ControlStore, IDisposable
{
    // Room for the largest push, in the log and in the file.
    private const long EnoughFreeBytes = 2 * QueueSize.MaxBytes;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Dictionary<string, QueueSize> _sizes = new(StringComparer.Ordinal);
    private readonly SqliteConnection _connection;
    private readonly SqliteFileWatch _file;
    private readonly int _maxEnded;
    private bool _allCounted;
    private readonly Func<long> _freeBytes;
    private bool _failed;
    private bool _isFull;
    private bool _disposed;

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
    }

    /// <summary>Opens a store, or makes it where there is no such file.</summary>
    /// <exception cref="ControlStoreException">The file cannot be the store; the message says why.</exception>
    public static SqliteControlStore Open(string path, int maxEnded = MinEnded) => new(SqliteControlFile.Open(path), maxEnded: maxEnded);

    public override ValueTask<IReadOnlyList<PushResult>> AddAsync(
        IReadOnlyList<ControlRecord> controls, int maxPending, CancellationToken cancellationToken)
    {
        // Written before the turn, which is short: the store is never held long by one caller.
        (PushGroup Group, string[] Texts, QueueSize Size)[] groups =
            [.. PushGroup.Of(controls).Select(group => (group, Texts(group), QueueSize.Of(group.Controls)))];
        return InTurnAsync<IReadOnlyList<PushResult>>(() => Add(groups, maxPending), cancellationToken);
    }

    public override ValueTask<IReadOnlyList<ControlRecord>> GetPendingAsync(
        string agentId, long afterSequence, int maxCount, CancellationToken cancellationToken) =>
        InTurnAsync<IReadOnlyList<ControlRecord>>(() => ReadPage(agentId, afterSequence, maxCount), cancellationToken);

    public override ValueTask<IReadOnlyList<ControlRecord>> GetEndedAsync(string agentId, CancellationToken cancellationToken) =>
        InTurnAsync<IReadOnlyList<ControlRecord>>(
            () =>
            {
                using SqliteCommand select = Command(
                    $"SELECT {SqliteControlRow.Columns} FROM control WHERE agent = $agent AND settled IS NOT NULL ORDER BY settled",
                    ("$agent", agentId));
                return ReadAll(select);
            },
            cancellationToken);

    internal override ValueTask<IReadOnlyList<ControlRecord>> GetLastEndedAsync(
        string agentId, int maxCount, CancellationToken cancellationToken) => InTurnAsync<IReadOnlyList<ControlRecord>>(
        () =>
        {
            using SqliteCommand select = Command(
                $"SELECT {SqliteControlRow.Columns} FROM control WHERE agent = $agent AND settled IS NOT NULL "
                + "ORDER BY settled DESC LIMIT $count",
                ("$agent", agentId), ("$count", (long)maxCount));
            List<ControlRecord> last = ReadAll(select);
            last.Reverse();
            return last;
        },
        cancellationToken);

    internal override ValueTask<IReadOnlyList<ControlRecord>> GetEndedBeforeAsync(
        string agentId, long beforeSequence, int maxCount, CancellationToken cancellationToken) =>
        InTurnAsync<IReadOnlyList<ControlRecord>>(
            () =>
            {
                // The plus keeps the agent's own index in use: the rows of all agents are not gone through.
                using SqliteCommand select = Command(
                    $"SELECT {SqliteControlRow.Columns} FROM control WHERE agent = $agent AND settled IS NOT NULL AND +sequence < $before "
                    + "ORDER BY +sequence DESC LIMIT $count",
                    ("$agent", agentId), ("$before", beforeSequence), ("$count", (long)maxCount));
                return ReadAll(select);
            },
            cancellationToken);

    public override ValueTask<IReadOnlyList<ControlRecord>> UpdateAsync(
        string agentId, IReadOnlyList<ControlUpdate> updates, CancellationToken cancellationToken) =>
        InTurnAsync<IReadOnlyList<ControlRecord>>(() => Update(agentId, updates), cancellationToken);

    public override async ValueTask RemoveAgentAsync(string agentId, CancellationToken cancellationToken) => await InTurnAsync(
        () =>
        {
            using SqliteCommand delete = Command("DELETE FROM control WHERE agent = $agent", ("$agent", agentId));
            delete.ExecuteNonQuery();
            SqliteAgentTable.Remove(_connection, agentId);
            _sizes.Remove(agentId);
            return true;
        },
        cancellationToken).ConfigureAwait(false);

    public override ValueTask<int> CountPendingAsync(string agentId, CancellationToken cancellationToken) =>
        InTurnAsync(() => SizeOf(agentId).Controls, cancellationToken);

    public override ValueTask<long?> FindPendingAsync(string agentId, string controlId, CancellationToken cancellationToken) => InTurnAsync(
        () =>
        {
            using SqliteCommand select = Command(
                "SELECT sequence FROM control WHERE id = $id AND agent = $agent AND settled IS NULL",
                ("$agent", agentId), ("$id", controlId));
            return (long?)select.ExecuteScalar();
        },
        cancellationToken);

    public override ValueTask<IReadOnlyDictionary<string, int>> CountPendingAsync(CancellationToken cancellationToken) => InTurnAsync(
        () =>
        {
            CountAll();
            return (IReadOnlyDictionary<string, int>)_sizes.ToDictionary(
                size => size.Key, size => size.Value.Controls, StringComparer.Ordinal);
        },
        cancellationToken);

    internal override ValueTask<IReadOnlyList<RememberedAgent>> GetRememberedAgentsAsync(CancellationToken cancellationToken) =>
        InTurnAsync<IReadOnlyList<RememberedAgent>>(() => SqliteAgentTable.Read(_connection), cancellationToken);

    internal override async ValueTask RememberAsync(IReadOnlyList<RememberedAgent> agents, CancellationToken cancellationToken) =>
        await InTurnAsync(
            () =>
            {
                SqliteAgentTable.Write(_connection, agents);
                return true;
            },
            cancellationToken).ConfigureAwait(false);

    public override async ValueTask CheckAsync(CancellationToken cancellationToken) => await InTurnAsync(
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

    /// <summary>Closes the file, once the transaction that is going on has ended; harmless when it is closed.</summary>
    public void Dispose()
    {
        _turn.Wait();
        try
        {
            _disposed = true;
            _connection.Dispose();
        }
        finally
        {
            _turn.Release();
        }
    }

    private static string[] Texts(PushGroup group) => [.. group.Controls.Select(record => StoredControl.Write(record.Control))];

    private PushResult[] Add((PushGroup Group, string[] Texts, QueueSize Size)[] groups, int maxPending)
    {
        Dictionary<string, QueueSize> added = new(StringComparer.Ordinal);
        PushResult[] results = new PushResult[groups.Length];
        using SqliteTransaction transaction = _connection.BeginTransaction();
        using SqliteCommand insert = Command(
            """
            INSERT INTO control (id, agent, control, queued_at, state, changed_at, expires_at)
            VALUES ($id, $agent, $control, $queued, $state, $changed, $expires) RETURNING sequence
            """,
            ("$agent", ""), ("$id", ""), ("$control", ""), ("$queued", 0L), ("$state", 0L), ("$changed", 0L), ("$expires", null));
        for (int i = 0; i < groups.Length; i++)
        {
            (PushGroup group, string[] texts, QueueSize further) = groups[i];
            QueueSize size = added.TryGetValue(group.AgentId, out QueueSize before) ? before : SizeOf(group.AgentId);
            if (size.Refuse(further, maxPending) is { } refusal)
            {
                results[i] = group.Refused(refusal);
                continue;
            }

            results[i] = group.Queued(Insert(insert, group, texts));
            added[group.AgentId] = size + further;
        }

        transaction.Commit();
        foreach ((string agentId, QueueSize size) in added)
        {
            _sizes[agentId] = size;
        }

        if (added.Count > 0)
        {
            _failed = _isFull = false;
        }

        return results;
    }

    private static long Insert(SqliteCommand insert, PushGroup group, string[] texts)
    {
        long sequence = 0;
        insert.Parameters["$agent"].Value = group.AgentId;
        foreach ((int index, ControlRecord record) in group.Controls.Index())
        {
            insert.Parameters["$id"].Value = record.Id;
            insert.Parameters["$control"].Value = texts[index];
            insert.Parameters["$queued"].Value = (record.Control.PushedAt ?? record.ChangedAt).UtcTicks;
            insert.Parameters["$state"].Value = (long)record.State;
            insert.Parameters["$changed"].Value = record.ChangedAt.UtcTicks;
            insert.Parameters["$expires"].Value = (object?)record.ExpiresAt?.UtcTicks ?? DBNull.Value;
            sequence = (long)insert.ExecuteScalar()!;
        }

        return sequence;
    }

    private static List<ControlRecord> ReadAll(SqliteCommand select)
    {
        using SqliteDataReader rows = select.ExecuteReader();
        List<ControlRecord> records = [];
        while (rows.Read())
        {
            records.Add(SqliteControlRow.Read(rows).Record);
        }

        return records;
    }

    private List<ControlRecord> ReadPage(string agentId, long after, int maxCount)
    {
        using SqliteCommand select = Command(
            $"SELECT {SqliteControlRow.Columns} FROM control " +
            "WHERE agent = $agent AND settled IS NULL AND sequence > $after ORDER BY sequence LIMIT $count",
            ("$agent", agentId), ("$after", after), ("$count", (long)maxCount));
        List<ControlRecord> page = ReadAll(select);
        if (page.Exists(IsUnreadable))
        {
            SetAside(agentId, page.Where(IsUnreadable));
        }

        return page;
    }

    private static bool IsUnreadable(ControlRecord record) => record.State == ControlState.Unreadable;

    /// <summary>Takes rows out of the agent's queue and keeps them: their places among the ended ones are below all others.</summary>
    private void SetAside(string agentId, IEnumerable<ControlRecord> records)
    {
        using SqliteTransaction transaction = _connection.BeginTransaction();
        long place = Math.Min(Place("min", agentId), 0);
        using SqliteCommand update = Command(
            "UPDATE control SET state = $state, error = $error, settled = $settled WHERE sequence = $sequence",
            ("$state", (long)ControlState.Unreadable), ("$error", ""), ("$settled", 0L), ("$sequence", 0L));
        foreach (ControlRecord record in records)
        {
            update.Parameters["$error"].Value = record.Error;
            update.Parameters["$settled"].Value = --place;
            update.Parameters["$sequence"].Value = record.Sequence;
            update.ExecuteNonQuery();
        }

        transaction.Commit();

        // Their size is not to be known from what is left of them: it is counted again.
        _sizes.Remove(agentId);
        _allCounted = false;
    }

    private List<ControlRecord> Update(string agentId, IReadOnlyList<ControlUpdate> updates)
    {
        QueueSize before = SizeOf(agentId);
        QueueSize ended = default;
        List<ControlRecord> changed = [];
        using SqliteTransaction transaction = _connection.BeginTransaction();
        using SqliteCommand select = Command(
            $"SELECT {SqliteControlRow.Columns} FROM control WHERE id = $id AND agent = $agent", ("$agent", agentId), ("$id", ""));
        using SqliteCommand write = Command(
            """
            UPDATE control SET state = $state, changed_at = $at, error = $error, settled = coalesce(settled, $settled)
            WHERE sequence = $sequence
            """,
            ("$sequence", 0L), ("$at", 0L), ("$state", 0L), ("$error", null), ("$settled", null));
        long place = Math.Max(Place("max", agentId), 0);
        foreach (ControlUpdate update in updates)
        {
            select.Parameters["$id"].Value = update.ControlId;
            if (Find(select) is not { } row || !(row.IsPending || ControlChange.Replaces(row.Record.State, update.State)))
            {
                continue;
            }

            bool ends = row.IsPending && update.Ends;
            Write(write, row.Record.Sequence, update, ends ? ++place : null);
            changed.Add((row.Record with { IsEnded = !row.IsPending }).Apply(update));
            ended += ends ? new QueueSize(1, row.Bytes) : default;
        }

        Trim(agentId, ended, place);
        transaction.Commit();
        _sizes[agentId] = before - ended;
        return changed;
    }

    private static SqliteControlRow? Find(SqliteCommand select)
    {
        using SqliteDataReader row = select.ExecuteReader();
        return row.Read() ? SqliteControlRow.Read(row) : null;
    }

    private static void Write(SqliteCommand write, long sequence, ControlUpdate update, long? place)
    {
        write.Parameters["$sequence"].Value = sequence;
        write.Parameters["$at"].Value = update.At.UtcTicks;
        write.Parameters["$state"].Value = (long)update.State;
        write.Parameters["$error"].Value = (object?)update.Error ?? DBNull.Value;
        write.Parameters["$settled"].Value = (object?)place ?? DBNull.Value;
        write.ExecuteNonQuery();
    }

    /// <summary>Forgets those that ended before the last ones, when any have ended.</summary>
    private void Trim(string agentId, QueueSize ended, long place)
    {
        if (ended.Controls > 0)
        {
            using SqliteCommand trim = Command(
                "DELETE FROM control WHERE agent = $agent AND settled > 0 AND settled <= $last",
                ("$agent", agentId), ("$last", place - _maxEnded));
            trim.ExecuteNonQuery();
        }
    }

    /// <summary>The highest or lowest place among the agent's ended controls; 0 when there are none.</summary>
    private long Place(string function, string agentId)
    {
        using SqliteCommand select = Command(
            $"SELECT coalesce({function}(settled), 0) FROM control WHERE agent = $agent AND settled IS NOT NULL", ("$agent", agentId));
        return (long)select.ExecuteScalar()!;
    }

    private QueueSize SizeOf(string agentId)
    {
        if (_sizes.TryGetValue(agentId, out QueueSize size))
        {
            return size;
        }

        using SqliteCommand count = Command(
            "SELECT count(*), coalesce(sum(octet_length(control)), 0) FROM control WHERE agent = $agent AND settled IS NULL",
            ("$agent", agentId));
        using SqliteDataReader row = count.ExecuteReader();
        row.Read();
        return _sizes[agentId] = new QueueSize(row.GetInt32(0), row.GetInt64(1));
    }

    private void CountAll()
    {
        if (_allCounted)
        {
            return;
        }

        using SqliteCommand count = Command(
            "SELECT agent, count(*), coalesce(sum(octet_length(control)), 0) FROM control WHERE settled IS NULL GROUP BY agent");
        using SqliteDataReader rows = count.ExecuteReader();
        while (rows.Read())
        {
            _sizes[rows.GetString(0)] = new QueueSize(rows.GetInt32(1), rows.GetInt64(2));
        }

        _allCounted = true;
    }

    private async ValueTask<T> InTurnAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _file.ThrowIfMoved();
            return work();
        }
        catch (SqliteException exception)
        {
            _failed = true;
            _isFull = exception.SqliteErrorCode == SQLitePCL.raw.SQLITE_FULL;
            throw new ControlStoreException(SqliteFailure.Explain(exception), exception);
        }
        finally
        {
            _turn.Release();
        }
    }

    private SqliteCommand Command(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        SqliteCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach ((string name, object? value) in parameters)
        {
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }

        return command;
    }
}
