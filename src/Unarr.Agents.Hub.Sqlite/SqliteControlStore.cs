using Microsoft.Data.Sqlite;
using Unarr.Agents.Hub.Controls;
using Unarr.Agents.Protocol;

namespace Unarr.Agents.Hub.Sqlite;

/// <summary>Keeps controls in a file: what a call has stored when it returns survives the end of the process and the loss of
/// power.</summary>
/// <remarks>
/// One connection, one transaction at a time: callers wait for their turn without a thread, and hold one for their own transaction only.
/// The file belongs to this store alone until it is disposed of, so how much each agent has pending is counted once and kept in memory.
/// The file is bounded by the agents: each has at most as many pending controls as a push allows, and <see cref="MaxSettled"/> that ended.
/// </remarks>
internal sealed class SqliteControlStore : IControlStore, IDisposable
{
    /// <summary>How many ended controls are kept of each agent.</summary>
    public const int MaxSettled = InMemoryControlStore.MaxSettled;

    // A turn is short: the store is never held long by one agent.
    private const int MaxOutcomesInOneTurn = 256;

    // Room for the largest push, in the log and in the file.
    private const long EnoughFreeBytes = 2 * QueueSize.MaxBytes;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Dictionary<string, QueueSize> _sizes = new(StringComparer.Ordinal);
    private readonly SqliteConnection _connection;
    private readonly SqliteFileWatch _file;
    private bool _allCounted;
    private readonly Func<long> _freeBytes;
    private bool _failed;
    private bool _isFull;
    private bool _disposed;

    /// <summary>Makes a store of a file that <see cref="SqliteControlFile"/> opened; the store disposes the connection.</summary>
    /// <param name="connection">The open file.</param>
    /// <param name="freeBytes">How much room its disk has. Default: what the system says.</param>
    public SqliteControlStore(SqliteConnection connection, Func<long>? freeBytes = null)
    {
        _connection = connection;
        _freeBytes = freeBytes ?? (() => new DriveInfo(Path.GetDirectoryName(connection.DataSource)!).AvailableFreeSpace);
        _file = new SqliteFileWatch(connection);
    }

    /// <summary>Opens a store, or makes it where there is no such file.</summary>
    /// <exception cref="ControlStoreException">The file cannot be the store; the message says why.</exception>
    public static SqliteControlStore Open(string path) => new(SqliteControlFile.Open(path));

    public ValueTask<AddOutcome> TryAddAsync(
        string agentId, IReadOnlyList<ControlRecord> controls, int maxPending, CancellationToken cancellationToken)
    {
        string[] texts = [.. controls.Select(record => StoredControl.Write(record.Control))];
        QueueSize further = new(texts.Length, texts.Sum(text => (long)QueueSize.BytesOf(text)));
        return InTurnAsync(
            () =>
            {
                AddOutcome outcome = SizeOf(agentId).Admit(further, maxPending);
                if (outcome == AddOutcome.Added)
                {
                    Insert(agentId, controls, texts);
                    _sizes[agentId] += further;
                    _failed = _isFull = false;
                }

                return outcome;
            },
            cancellationToken);
    }

    public ValueTask<PendingPage> ReadPendingAsync(
        string agentId, string? after, PageSize size, CancellationToken cancellationToken) => InTurnAsync(
        () => after is null ? ReadPage(agentId, 0, size)
            : FindPending(agentId, after) is { } sequence ? ReadPage(agentId, sequence, size)
            : PendingPage.Gone,
        cancellationToken);

    public ValueTask<IReadOnlyList<ControlRecord>> GetSettledAsync(string agentId, CancellationToken cancellationToken) => InTurnAsync(
        () =>
        {
            using SqliteCommand select = Command(
                $"SELECT {SqliteControlRow.Columns} FROM control WHERE agent = $agent AND settled IS NOT NULL ORDER BY settled",
                ("$agent", agentId));
            using SqliteDataReader rows = select.ExecuteReader();
            List<ControlRecord> records = [];
            while (rows.Read())
            {
                records.Add(SqliteControlRow.Read(rows).Record);
            }

            return (IReadOnlyList<ControlRecord>)records;
        },
        cancellationToken);

    public async ValueTask MarkHandedOutAsync(
        string agentId, IReadOnlyCollection<string> ids, DateTimeOffset at, CancellationToken cancellationToken) => await InTurnAsync(
        () =>
        {
            using SqliteTransaction transaction = _connection.BeginTransaction();
            using SqliteCommand update = Command(
                "UPDATE control SET state = $state, changed_at = $at WHERE id = $id AND agent = $agent AND settled IS NULL",
                ("$agent", agentId), ("$id", ""), ("$state", (long)ControlState.HandedOut), ("$at", at.UtcTicks));
            foreach (string id in ids)
            {
                update.Parameters["$id"].Value = id;
                update.ExecuteNonQuery();
            }

            transaction.Commit();
            return true;
        },
        cancellationToken).ConfigureAwait(false);

    public async ValueTask<int> SettleAsync(
        string agentId, IReadOnlyCollection<ControlOutcome> outcomes, DateTimeOffset at, CancellationToken cancellationToken)
    {
        int settled = 0;
        foreach (ControlOutcome[] some in outcomes.Chunk(MaxOutcomesInOneTurn))
        {
            settled += await InTurnAsync(() => Settle(agentId, some, at), cancellationToken).ConfigureAwait(false);
        }

        return settled;
    }

    public ValueTask<IReadOnlyDictionary<string, int>> CountPendingAsync(CancellationToken cancellationToken) => InTurnAsync(
        () =>
        {
            CountAll();
            return (IReadOnlyDictionary<string, int>)_sizes.ToDictionary(
                size => size.Key, size => size.Value.Controls, StringComparer.Ordinal);
        },
        cancellationToken);

    public async ValueTask CheckAsync(CancellationToken cancellationToken) => await InTurnAsync(
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

    private void Insert(string agentId, IReadOnlyList<ControlRecord> controls, string[] texts)
    {
        using SqliteTransaction transaction = _connection.BeginTransaction();
        using SqliteCommand insert = Command(
            """
            INSERT INTO control (id, agent, control, queued_at, state, changed_at, error)
            VALUES ($id, $agent, $control, $queued, $state, $changed, $error)
            """,
            ("$agent", agentId), ("$id", ""), ("$control", ""), ("$queued", 0L), ("$state", 0L), ("$changed", 0L), ("$error", null));
        foreach ((int index, ControlRecord record) in controls.Index())
        {
            insert.Parameters["$id"].Value = record.Id;
            insert.Parameters["$control"].Value = texts[index];
            insert.Parameters["$queued"].Value = record.QueuedAt.UtcTicks;
            insert.Parameters["$state"].Value = (long)record.State;
            insert.Parameters["$changed"].Value = record.ChangedAt.UtcTicks;
            insert.Parameters["$error"].Value = (object?)record.Error ?? DBNull.Value;
            insert.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    private long? FindPending(string agentId, string id)
    {
        using SqliteCommand select = Command(
            "SELECT sequence FROM control WHERE id = $id AND agent = $agent AND settled IS NULL", ("$agent", agentId), ("$id", id));
        return (long?)select.ExecuteScalar();
    }

    private PendingPage ReadPage(string agentId, long after, PageSize size)
    {
        List<ControlRecord> page = [];
        List<SqliteControlRow> unreadable = [];
        bool hasMore = false;
        using (SqliteCommand select = Command(
            $"SELECT {SqliteControlRow.Columns} FROM control " +
            "WHERE agent = $agent AND settled IS NULL AND sequence > $after ORDER BY sequence",
            ("$agent", agentId), ("$after", after)))
        {
            // A row is read when it is stepped to: what does not go into the page is not read.
            using SqliteDataReader rows = select.ExecuteReader();
            long bytes = 0;
            while (!hasMore && rows.Read())
            {
                SqliteControlRow row = SqliteControlRow.Read(rows);
                bytes += row.Bytes;
                if (!row.IsReadable)
                {
                    unreadable.Add(row);
                }
                else if (page.Count > 0 && (page.Count == size.Controls || bytes > size.Bytes))
                {
                    hasMore = true;
                }
                else
                {
                    page.Add(row.Record);
                }
            }
        }

        if (unreadable.Count > 0)
        {
            SetAside(agentId, unreadable);
        }

        return new PendingPage(page, hasMore) { SetAside = [.. unreadable.Select(row => row.Record)] };
    }

    /// <summary>Takes rows out of the agent's queue and keeps them: their places among the ended ones are below all others.</summary>
    private void SetAside(string agentId, List<SqliteControlRow> rows)
    {
        using SqliteTransaction transaction = _connection.BeginTransaction();
        long place = Math.Min(Place("min", agentId), 0);
        using SqliteCommand update = Command(
            "UPDATE control SET state = $state, error = $error, settled = $settled WHERE sequence = $sequence",
            ("$state", (long)ControlState.Unreadable), ("$error", ""), ("$settled", 0L), ("$sequence", 0L));
        foreach (SqliteControlRow row in rows)
        {
            update.Parameters["$error"].Value = row.Record.Error;
            update.Parameters["$settled"].Value = --place;
            update.Parameters["$sequence"].Value = row.Sequence;
            update.ExecuteNonQuery();
        }

        transaction.Commit();

        // Their size is not to be known from what is left of them: it is counted again.
        _sizes.Remove(agentId);
        _allCounted = false;
    }

    private int Settle(string agentId, ControlOutcome[] outcomes, DateTimeOffset at)
    {
        QueueSize before = SizeOf(agentId);
        using SqliteTransaction transaction = _connection.BeginTransaction();
        using SqliteCommand update = Command(
            """
            UPDATE control SET state = $state, changed_at = $at, error = $error, settled = $settled
            WHERE id = $id AND agent = $agent AND settled IS NULL RETURNING octet_length(control)
            """,
            ("$agent", agentId), ("$at", at.UtcTicks), ("$id", ""), ("$state", 0L), ("$error", null), ("$settled", 0L));
        long place = Math.Max(Place("max", agentId), 0);
        QueueSize settled = default;
        foreach (ControlOutcome outcome in outcomes)
        {
            update.Parameters["$id"].Value = outcome.Id;
            update.Parameters["$state"].Value = (long)outcome.State;
            update.Parameters["$error"].Value = (object?)outcome.Error ?? DBNull.Value;
            update.Parameters["$settled"].Value = place + 1;
            if (update.ExecuteScalar() is long bytes)
            {
                place++;
                settled += new QueueSize(1, bytes);
            }
        }

        if (settled.Controls > 0)
        {
            using SqliteCommand trim = Command(
                "DELETE FROM control WHERE agent = $agent AND settled > 0 AND settled <= $last",
                ("$agent", agentId), ("$last", place - MaxSettled));
            trim.ExecuteNonQuery();
        }

        transaction.Commit();
        _sizes[agentId] = before - settled;
        return settled.Controls;
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
