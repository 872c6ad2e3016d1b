using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Unarr.ControlPlane.Controls;

/// <summary>Keeps controls in a file: what a call has stored when it returns survives the end of the process and the loss of power.</summary>
/// <remarks>
/// One connection, one transaction at a time: callers wait for their turn without a thread, and hold one for their own transaction only.
/// The file belongs to this store alone until it is disposed of. It is bounded by the agents: each has at most as many pending controls
/// as a push allows, and <see cref="MaxSettled"/> that ended.
/// </remarks>
internal sealed class SqliteControlStore : IControlStore, IDisposable
{
    /// <summary>How many ended controls are kept of each agent.</summary>
    public const int MaxSettled = InMemoryControlStore.MaxSettled;

    private const string Columns = "control, queued_at, state, changed_at, error";

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly SqliteConnection _connection;
    private bool _disposed;

    private SqliteControlStore(SqliteConnection connection) => _connection = connection;

    /// <summary>Opens a store, or makes it where there is no such file.</summary>
    /// <exception cref="ControlStoreException">The file cannot be the store; the message says why.</exception>
    public static SqliteControlStore Open(string path) => new(SqliteControlFile.Open(path));

    public ValueTask<bool> TryAddAsync(
        string agentId, IReadOnlyList<ControlRecord> controls, int maxPending, CancellationToken cancellationToken) => InTurnAsync(
        () =>
        {
            using SqliteTransaction transaction = _connection.BeginTransaction();
            using SqliteCommand count = Command("SELECT count(*) FROM control WHERE agent = $agent AND settled IS NULL", ("$agent", agentId));
            if (controls.Count > maxPending - (long)count.ExecuteScalar()!)
            {
                return false;
            }

            using SqliteCommand insert = Command(
                """
                INSERT INTO control (id, agent, control, queued_at, state, changed_at, error)
                VALUES ($id, $agent, $control, $queued, $state, $changed, $error)
                """,
                ("$agent", agentId), ("$id", ""), ("$control", ""), ("$queued", 0L), ("$state", 0L), ("$changed", 0L), ("$error", null));
            foreach (ControlRecord record in controls)
            {
                insert.Parameters["$id"].Value = record.Id;
                insert.Parameters["$control"].Value = JsonSerializer.Serialize(record.Control, ProtocolJson.ControlAction);
                insert.Parameters["$queued"].Value = record.QueuedAt.UtcTicks;
                insert.Parameters["$state"].Value = (long)record.State;
                insert.Parameters["$changed"].Value = record.ChangedAt.UtcTicks;
                insert.Parameters["$error"].Value = (object?)record.Error ?? DBNull.Value;
                insert.ExecuteNonQuery();
            }

            transaction.Commit();
            return true;
        },
        cancellationToken);

    public ValueTask<IReadOnlyList<ControlRecord>> GetPendingAsync(string agentId, CancellationToken cancellationToken) =>
        SelectAsync($"SELECT {Columns} FROM control WHERE agent = $agent AND settled IS NULL ORDER BY sequence", agentId, cancellationToken);

    public ValueTask<IReadOnlyList<ControlRecord>> GetSettledAsync(string agentId, CancellationToken cancellationToken) =>
        SelectAsync($"SELECT {Columns} FROM control WHERE agent = $agent AND settled IS NOT NULL ORDER BY settled", agentId, cancellationToken);

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

    public ValueTask<int> SettleAsync(
        string agentId, IReadOnlyCollection<ControlOutcome> outcomes, DateTimeOffset at, CancellationToken cancellationToken) => InTurnAsync(
        () =>
        {
            using SqliteTransaction transaction = _connection.BeginTransaction();
            int settled = Settle(agentId, outcomes, at);
            if (settled > 0)
            {
                using SqliteCommand trim = Command(
                    """
                    DELETE FROM control WHERE agent = $agent AND settled IS NOT NULL AND settled <=
                        (SELECT max(settled) FROM control WHERE agent = $agent AND settled IS NOT NULL) - $kept
                    """,
                    ("$agent", agentId), ("$kept", (long)MaxSettled));
                trim.ExecuteNonQuery();
            }

            transaction.Commit();
            return settled;
        },
        cancellationToken);

    public ValueTask<IReadOnlyDictionary<string, int>> CountPendingAsync(CancellationToken cancellationToken) => InTurnAsync(
        () =>
        {
            using SqliteCommand select = Command("SELECT agent, count(*) FROM control WHERE settled IS NULL GROUP BY agent");
            using SqliteDataReader rows = select.ExecuteReader();
            Dictionary<string, int> counts = new(StringComparer.Ordinal);
            while (rows.Read())
            {
                counts.Add(rows.GetString(0), rows.GetInt32(1));
            }

            return (IReadOnlyDictionary<string, int>)counts;
        },
        cancellationToken);

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

    private int Settle(string agentId, IReadOnlyCollection<ControlOutcome> outcomes, DateTimeOffset at)
    {
        using SqliteCommand update = Command(
            """
            UPDATE control SET state = $state, changed_at = $at, error = $error, settled =
                (SELECT coalesce(max(settled), 0) + 1 FROM control WHERE agent = $agent AND settled IS NOT NULL)
            WHERE id = $id AND agent = $agent AND settled IS NULL
            """,
            ("$agent", agentId), ("$at", at.UtcTicks), ("$id", ""), ("$state", 0L), ("$error", null));
        int settled = 0;
        foreach (ControlOutcome outcome in outcomes)
        {
            update.Parameters["$id"].Value = outcome.Id;
            update.Parameters["$state"].Value = (long)outcome.State;
            update.Parameters["$error"].Value = (object?)outcome.Error ?? DBNull.Value;
            settled += update.ExecuteNonQuery();
        }

        return settled;
    }

    private ValueTask<IReadOnlyList<ControlRecord>> SelectAsync(string sql, string agentId, CancellationToken cancellationToken) => InTurnAsync(
        () =>
        {
            using SqliteCommand select = Command(sql, ("$agent", agentId));
            using SqliteDataReader rows = select.ExecuteReader();
            List<ControlRecord> records = [];
            while (rows.Read())
            {
                records.Add(new ControlRecord(
                    JsonSerializer.Deserialize(rows.GetString(0), ProtocolJson.ControlAction)!,
                    new DateTimeOffset(rows.GetInt64(1), TimeSpan.Zero),
                    (ControlState)rows.GetInt32(2),
                    new DateTimeOffset(rows.GetInt64(3), TimeSpan.Zero),
                    rows.IsDBNull(4) ? null : rows.GetString(4)));
            }

            return (IReadOnlyList<ControlRecord>)records;
        },
        cancellationToken);

    private async ValueTask<T> InTurnAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return work();
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
