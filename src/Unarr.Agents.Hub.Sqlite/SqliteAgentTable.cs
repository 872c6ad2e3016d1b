using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Unarr.Agents.Hub.Sqlite;

/// <summary>The table of what is kept of agents. An older program leaves it alone, so it has no version of its own.</summary>
internal static class SqliteAgentTable
{
    /// <summary>Makes the table where it is missing.</summary>
    public const string Schema = "CREATE TABLE IF NOT EXISTS agent (id TEXT PRIMARY KEY, told TEXT NOT NULL) STRICT, WITHOUT ROWID";

    /// <summary>Reads all rows; one that does not parse is left out, and is replaced when its agent comes.</summary>
    public static List<RememberedAgent> Read(SqliteConnection connection)
    {
        using SqliteCommand select = connection.CreateCommand();
        select.CommandText = "SELECT told FROM agent";
        using SqliteDataReader rows = select.ExecuteReader();
        List<RememberedAgent> agents = [];
        while (rows.Read())
        {
            if (Parse(rows.GetString(0)) is { } agent)
            {
                agents.Add(agent);
            }
        }

        return agents;
    }

    /// <summary>Writes agents, in the transaction that is open.</summary>
    public static void Write(SqliteConnection connection, IReadOnlyList<RememberedAgent> agents)
    {
        using SqliteCommand write = connection.CreateCommand();
        write.CommandText = "INSERT INTO agent (id, told) VALUES ($id, $told) ON CONFLICT (id) DO UPDATE SET told = excluded.told";
        SqliteParameter id = write.Parameters.AddWithValue("$id", "");
        SqliteParameter told = write.Parameters.AddWithValue("$told", "");
        foreach (RememberedAgent agent in agents)
        {
            id.Value = agent.Id;
            told.Value = JsonSerializer.Serialize(agent, RememberedAgentJsonContext.Default.RememberedAgent);
            write.ExecuteNonQuery();
        }
    }

    /// <summary>Forgets an agent.</summary>
    public static void Remove(SqliteConnection connection, string agentId)
    {
        using SqliteCommand delete = connection.CreateCommand();
        delete.CommandText = "DELETE FROM agent WHERE id = $id";
        delete.Parameters.AddWithValue("$id", agentId);
        delete.ExecuteNonQuery();
    }

    private static RememberedAgent? Parse(string told)
    {
        try
        {
            return JsonSerializer.Deserialize(told, RememberedAgentJsonContext.Default.RememberedAgent);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
