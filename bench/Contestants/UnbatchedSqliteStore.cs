using Microsoft.Data.Sqlite;
using Unarr.Agents.Hub;

namespace Unarr.Pipelines.Bench.Contestants;

/// <summary>The usual way to keep controls in SQLite: each push is a transaction of its own, one after the other.</summary>
/// <remarks>The table, the indexes and the settings are those of the hub's store.</remarks>
internal sealed class UnbatchedSqliteStore : IDisposable
{
    private const string Schema = """
        PRAGMA locking_mode = EXCLUSIVE;
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        CREATE TABLE control (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            agent TEXT NOT NULL,
            control TEXT NOT NULL,
            queued_at INTEGER NOT NULL,
            state INTEGER NOT NULL,
            changed_at INTEGER NOT NULL,
            error TEXT,
            settled INTEGER,
            expires_at INTEGER
        ) STRICT;
        CREATE INDEX control_pending ON control (agent, sequence) WHERE settled IS NULL;
        CREATE UNIQUE INDEX control_settled ON control (agent, settled) WHERE settled IS NOT NULL;
        """;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly SqliteConnection _connection;

    public UnbatchedSqliteStore(string file)
    {
        _connection = new SqliteConnection($"Data Source={file};Pooling=false");
        _connection.Open();
        using SqliteCommand schema = _connection.CreateCommand();
        schema.CommandText = Schema;
        schema.ExecuteNonQuery();
    }

    public async ValueTask<long> AddAsync(ControlRecord record)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            using SqliteTransaction transaction = _connection.BeginTransaction();
            using SqliteCommand insert = _connection.CreateCommand();
            insert.CommandText = """
                INSERT INTO control (id, agent, control, queued_at, state, changed_at, expires_at)
                VALUES ($id, $agent, $control, $queued, $state, $changed, $expires) RETURNING sequence
                """;
            insert.Parameters.AddWithValue("$id", record.Control.Id);
            insert.Parameters.AddWithValue("$agent", record.AgentId);
            insert.Parameters.AddWithValue("$control", $$"""{"id":"{{record.Control.Id}}","action":"{{record.Control.Action}}"}""");
            insert.Parameters.AddWithValue("$queued", record.ChangedAt.UtcTicks);
            insert.Parameters.AddWithValue("$state", (long)record.State);
            insert.Parameters.AddWithValue("$changed", record.ChangedAt.UtcTicks);
            insert.Parameters.AddWithValue("$expires", DBNull.Value);
            long sequence = (long)insert.ExecuteScalar()!;
            transaction.Commit();
            return sequence;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _connection.Dispose();
        _turn.Dispose();
    }
}
