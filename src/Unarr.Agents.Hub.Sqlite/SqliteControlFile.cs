using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Unarr.Agents.Hub.Sqlite;

/// <summary>Opens the store's file: makes sure that it is one, that nobody else has it, and that what is committed stays.</summary>
internal static class SqliteControlFile
{
    /// <summary>The schema that this program reads and writes.</summary>
    public const int SchemaVersion = 2;

    // "Unar" in ASCII: tells the store from any other program's database.
    private const int ApplicationId = 0x556E6172;

    // A process that was just killed may hold the file for a moment longer.
    private const int BusyTimeoutSeconds = 2;

    // A control that is settled has its place in the order in which the agent's controls ended; one that is pending has none.
    private const string Schema = """
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

    // Version 1 had no expiry, and its states were one less, except for the last.
    private const string FromVersion1 = """
        ALTER TABLE control ADD COLUMN expires_at INTEGER;
        UPDATE control SET state = CASE state WHEN 4 THEN 7 ELSE state + 1 END;
        """;

    /// <exception cref="ControlStoreException">The file cannot be the store.</exception>
    public static SqliteConnection Open(string path)
    {
        SqliteConnection connection = new(new SqliteConnectionStringBuilder
        {
            DataSource = Path.GetFullPath(path),
            Pooling = false,
            DefaultTimeout = BusyTimeoutSeconds,
        }.ToString());
        try
        {
            connection.Open();
            Prepare(connection);
            return connection;
        }
        catch (SqliteException exception)
        {
            connection.Dispose();
            throw new ControlStoreException(SqliteFailure.Explain(exception), exception);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Opens a file that is a store and that no program has open: it is neither made nor changed.</summary>
    /// <exception cref="ControlStoreException">It is not a store of this program.</exception>
    /// <exception cref="SqliteException">It cannot be opened.</exception>
    public static SqliteConnection OpenExisting(string path)
    {
        SqliteConnection connection = new(new SqliteConnectionStringBuilder
        {
            DataSource = Path.GetFullPath(path),
            Mode = SqliteOpenMode.ReadWrite,
            Pooling = false,
            DefaultTimeout = BusyTimeoutSeconds,
        }.ToString());
        try
        {
            connection.Open();
            Execute(connection, "PRAGMA locking_mode = EXCLUSIVE");
            return Check(connection) == 0 ? throw new ControlStoreException("it has no controls of a control plane in it") : connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void Prepare(SqliteConnection connection)
    {
        // A file that could be opened for reading alone fails later at its lock, by an error that says something else.
        if (SQLitePCL.raw.sqlite3_db_readonly(connection.Handle!, "main") == 1)
        {
            throw new ControlStoreException(SqliteFailure.NotWritable);
        }

        // Two control planes on one store would both hand out what is in it: the lock is kept until the connection is closed.
        Execute(connection, "PRAGMA locking_mode = EXCLUSIVE");

        // Looked at before anything is written: a file of somebody else's stays as it is.
        long found = Check(connection);

        // "WAL with synchronous=FULL": the log is synced at every commit, so what is committed survives the loss of power.
        Execute(connection, "PRAGMA journal_mode = WAL");
        Execute(connection, "PRAGMA synchronous = FULL");
        Execute(connection, "PRAGMA trusted_schema = OFF");
        Execute(connection, "PRAGMA journal_size_limit = 4194304");
        using SqliteTransaction transaction = connection.BeginTransaction();
        if (found == 0)
        {
            Execute(connection, Schema);
            Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA application_id = {ApplicationId}"));
        }
        else if (found == 1)
        {
            Execute(connection, FromVersion1);
        }

        Execute(connection, SqliteAgentTable.Schema);
        WriteVersion(connection);
        transaction.Commit();
    }

    /// <summary>Writes the schema's version: the smallest write there is, which shows that the file can be written.</summary>
    public static void WriteVersion(SqliteConnection connection) =>
        Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {SchemaVersion}"));

    /// <returns>The version of the file's schema; 0 when the file is new.</returns>
    private static long Check(SqliteConnection connection)
    {
        long application = Read(connection, "PRAGMA application_id");
        long version = Read(connection, "PRAGMA user_version");
        if (application == 0 && version == 0 && Read(connection, "SELECT count(*) FROM sqlite_schema") == 0)
        {
            return 0;
        }

        if (application != ApplicationId)
        {
            throw new ControlStoreException("it is a database of another program");
        }

        return version is 1 or SchemaVersion ? version : throw new ControlStoreException(string.Create(
            CultureInfo.InvariantCulture, $"its schema has version {version}, and this program knows versions 1 to {SchemaVersion} only"));
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public static long Read(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }

    public static string ReadText(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return (string)command.ExecuteScalar()!;
    }
}
