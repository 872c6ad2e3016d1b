using Microsoft.Data.Sqlite;
using Unarr.Agents.Hub.Controls;

namespace Unarr.Agents.Hub.Sqlite;

/// <summary>What is read from the store's file: what is not held in memory. One thread at a time reads.</summary>
internal sealed class SqliteReads(SqliteConnection connection)
{
    /// <summary>How much each agent has pending: through the index of what is pending, however many have ended.</summary>
    public const string CountAll =
        "SELECT agent, count(*), coalesce(sum(octet_length(control)), 0) FROM control WHERE settled IS NULL GROUP BY agent";

    /// <summary>Finds a control by its id, pending or ended.</summary>
    public SqliteControlRow? Find(string agentId, string controlId)
    {
        using SqliteCommand select = Command(
            $"SELECT {SqliteControlRow.Columns} FROM control WHERE id = $id AND agent = $agent", ("$agent", agentId), ("$id", controlId));
        using SqliteDataReader row = select.ExecuteReader();
        return row.Read() ? SqliteControlRow.Read(row) : null;
    }

    public long? FindPending(string agentId, string controlId)
    {
        using SqliteCommand select = Command(
            "SELECT sequence FROM control WHERE id = $id AND agent = $agent AND settled IS NULL",
            ("$agent", agentId), ("$id", controlId));
        return (long?)select.ExecuteScalar();
    }

    public List<ControlRecord> Pending(string agentId, long after, int maxCount)
    {
        using SqliteCommand select = Command(
            $"SELECT {SqliteControlRow.Columns} FROM control " +
            "WHERE agent = $agent AND settled IS NULL AND sequence > $after ORDER BY sequence LIMIT $count",
            ("$agent", agentId), ("$after", after), ("$count", (long)maxCount));
        return ReadAll(select);
    }

    public List<ControlRecord> Ended(string agentId)
    {
        using SqliteCommand select = Command(
            $"SELECT {SqliteControlRow.Columns} FROM control WHERE agent = $agent AND settled IS NOT NULL ORDER BY settled",
            ("$agent", agentId));
        return ReadAll(select);
    }

    /// <summary>The controls that ended last, oldest first.</summary>
    public List<ControlRecord> LastEnded(string agentId, int maxCount)
    {
        using SqliteCommand select = Command(
            $"SELECT {SqliteControlRow.Columns} FROM control WHERE agent = $agent AND settled IS NOT NULL "
            + "ORDER BY settled DESC LIMIT $count",
            ("$agent", agentId), ("$count", (long)maxCount));
        List<ControlRecord> last = ReadAll(select);
        last.Reverse();
        return last;
    }

    /// <summary>The ended controls below a sequence, newest first.</summary>
    public List<ControlRecord> EndedBefore(string agentId, long sequence, int maxCount)
    {
        // The plus keeps the agent's own index in use: the rows of all agents are not gone through.
        using SqliteCommand select = Command(
            $"SELECT {SqliteControlRow.Columns} FROM control WHERE agent = $agent AND settled IS NOT NULL AND +sequence < $before "
            + "ORDER BY +sequence DESC LIMIT $count",
            ("$agent", agentId), ("$before", sequence), ("$count", (long)maxCount));
        return ReadAll(select);
    }

    public QueueSize SizeOf(string agentId)
    {
        using SqliteCommand count = Command(
            "SELECT count(*), coalesce(sum(octet_length(control)), 0) FROM control WHERE agent = $agent AND settled IS NULL",
            ("$agent", agentId));
        using SqliteDataReader row = count.ExecuteReader();
        row.Read();
        return new QueueSize(row.GetInt32(0), row.GetInt64(1));
    }

    public List<(string AgentId, QueueSize Size)> Sizes()
    {
        using SqliteCommand count = Command(CountAll);
        using SqliteDataReader rows = count.ExecuteReader();
        List<(string, QueueSize)> sizes = [];
        while (rows.Read())
        {
            sizes.Add((rows.GetString(0), new QueueSize(rows.GetInt32(1), rows.GetInt64(2))));
        }

        return sizes;
    }

    /// <summary>Takes rows out of the agent's queue and keeps them: their places among the ended ones are below all others.</summary>
    public void SetAside(string agentId, IEnumerable<ControlRecord> records)
    {
        using SqliteTransaction transaction = connection.BeginTransaction();
        using SqliteCommand first = Command(
            "SELECT min(coalesce(min(settled), 0), 0) FROM control WHERE agent = $agent AND settled IS NOT NULL", ("$agent", agentId));
        long place = (long)first.ExecuteScalar()!;
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

    private SqliteCommand Command(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        foreach ((string name, object? value) in parameters)
        {
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }

        return command;
    }
}
