using System.Buffers;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Unarr.Agents.Hub.Sqlite;

/// <summary>A statement that is compiled once and run many times, on one thread at a time.</summary>
/// <remarks>A command of the connection costs as much again as an insert does: it makes a reader, and looks up its parameters by
/// name.</remarks>
internal sealed class SqliteStatement(SqliteConnection connection, string sql) : IDisposable
{
    private const int OnStack = 512;

    private readonly sqlite3 _database = connection.Handle!;
    private readonly sqlite3_stmt _statement = Compile(connection.Handle!, sql);

    /// <summary>Sets the parameter <paramref name="index"/>, from 1.</summary>
    public void Bind(int index, long? value) => ThrowUnlessOk(
        value is { } number ? raw.sqlite3_bind_int64(_statement, index, number) : raw.sqlite3_bind_null(_statement, index));

    /// <inheritdoc cref="Bind(int, long?)"/>
    public void Bind(int index, string? text)
    {
        if (text is null)
        {
            ThrowUnlessOk(raw.sqlite3_bind_null(_statement, index));
            return;
        }

        int most = Encoding.UTF8.GetMaxByteCount(text.Length);
        byte[]? rented = most > OnStack ? ArrayPool<byte>.Shared.Rent(most) : null;
        Span<byte> bytes = rented ?? stackalloc byte[OnStack];
        Bind(index, (ReadOnlySpan<byte>)bytes[..Encoding.UTF8.GetBytes(text, bytes)]);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Sets the parameter to text in UTF-8, which is copied.</summary>
    public void Bind(int index, ReadOnlySpan<byte> utf8) => ThrowUnlessOk(
        utf8.IsEmpty ? raw.sqlite3_bind_text(_statement, index, "") : raw.sqlite3_bind_text(_statement, index, utf8));

    /// <summary>Runs the statement, which returns no rows.</summary>
    /// <exception cref="SqliteException">It failed.</exception>
    public void Run()
    {
        int result = raw.sqlite3_step(_statement);

        // The reset repeats the result of a step that failed.
        int reset = raw.sqlite3_reset(_statement);
        ThrowUnlessOk(result is raw.SQLITE_DONE or raw.SQLITE_ROW ? reset : result);
    }

    /// <summary>Runs the statement, which returns one number.</summary>
    /// <exception cref="SqliteException">It failed.</exception>
    public long Read()
    {
        int result = raw.sqlite3_step(_statement);
        long number = result == raw.SQLITE_ROW ? raw.sqlite3_column_int64(_statement, 0) : 0;
        int reset = raw.sqlite3_reset(_statement);
        ThrowUnlessOk(result is raw.SQLITE_DONE or raw.SQLITE_ROW ? reset : result);
        return number;
    }

    public void Dispose() => _statement.Dispose();

    private static sqlite3_stmt Compile(sqlite3 database, string sql)
    {
        SqliteException.ThrowExceptionForRC(
            raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out sqlite3_stmt statement), database);
        return statement;
    }

    private void ThrowUnlessOk(int result) => SqliteException.ThrowExceptionForRC(result, _database);
}
