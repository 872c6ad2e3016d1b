using System.Buffers;
using Microsoft.Data.Sqlite;
using Unarr.Agents.Protocol;

namespace Unarr.Agents.Hub.Sqlite;

/// <summary>The statements that write the store's file. One thread at a time uses them.</summary>
internal sealed class SqliteWrites(SqliteConnection connection) : IDisposable
{
    private readonly ArrayBufferWriter<byte> _text = new();
    private readonly SqliteStatement _begin = new(connection, "BEGIN IMMEDIATE");
    private readonly SqliteStatement _commit = new(connection, "COMMIT");
    private readonly SqliteStatement _rollback = new(connection, "ROLLBACK");
    private readonly SqliteStatement _insert = new(
        connection,
        "INSERT INTO control (id, agent, control, queued_at, state, changed_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");

    private readonly SqliteStatement _update = new(
        connection, "UPDATE control SET state = ?2, changed_at = ?3, error = ?4, settled = coalesce(settled, ?5) WHERE sequence = ?1");

    private readonly SqliteStatement _lastPlace = new(
        connection, "SELECT max(coalesce(max(settled), 0), 0) FROM control WHERE agent = ?1 AND settled IS NOT NULL");

    private readonly SqliteStatement _trim = new(
        connection, "DELETE FROM control WHERE agent = ?1 AND settled > 0 AND settled <= ?2");

    private readonly SqliteStatement _remove = new(connection, "DELETE FROM control WHERE agent = ?1");

    public void Begin() => _begin.Run();

    public void Commit() => _commit.Run();

    /// <summary>Takes the open transaction back; after some errors SQLite has done it by itself.</summary>
    public void Rollback()
    {
        if (SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle!) == 0)
        {
            _rollback.Run();
        }
    }

    /// <summary>Adds a pending control.</summary>
    /// <returns>Its sequence.</returns>
    public long Insert(ControlRecord record)
    {
        _text.ResetWrittenCount();
        StoredControl.Write(record.Control, _text);
        _insert.Bind(1, record.Id);
        _insert.Bind(2, record.AgentId);
        _insert.Bind(3, _text.WrittenSpan);
        _insert.Bind(4, (record.Control.PushedAt ?? record.ChangedAt).UtcTicks);
        _insert.Bind(5, (long)record.State);
        _insert.Bind(6, record.ChangedAt.UtcTicks);
        _insert.Bind(7, record.ExpiresAt?.UtcTicks);
        _insert.Run();
        return SQLitePCL.raw.sqlite3_last_insert_rowid(connection.Handle!);
    }

    /// <summary>Sets a control's state.</summary>
    /// <param name="sequence">The control's.</param>
    /// <param name="update">Its new state.</param>
    /// <param name="place">Its place among those that ended, where it ends by this.</param>
    public void Update(long sequence, ControlUpdate update, long? place)
    {
        _update.Bind(1, sequence);
        _update.Bind(2, (long)update.State);
        _update.Bind(3, update.At.UtcTicks);
        _update.Bind(4, update.Error);
        _update.Bind(5, place);
        _update.Run();
    }

    /// <summary>Returns the last place among the agent's ended controls; 0 when there are none.</summary>
    public long LastPlace(string agentId)
    {
        _lastPlace.Bind(1, agentId);
        return _lastPlace.Read();
    }

    /// <summary>Forgets the agent's ended controls up to a place, except for those that cannot be read.</summary>
    public void Trim(string agentId, long upTo)
    {
        _trim.Bind(1, agentId);
        _trim.Bind(2, upTo);
        _trim.Run();
    }

    public void Remove(string agentId)
    {
        _remove.Bind(1, agentId);
        _remove.Run();
    }

    // A connection whose statements are open stays open itself.
    public void Dispose()
    {
        SqliteStatement[] all = [_begin, _commit, _rollback, _insert, _update, _lastPlace, _trim, _remove];
        Array.ForEach(all, static statement => statement.Dispose());
    }
}
