using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Unarr.Agents.Hub.Sqlite;

/// <summary>Says what SQLite's errors mean for the store.</summary>
internal static class SqliteFailure
{
    public const string DiskFull = "the disk is full";
    public const string NotWritable = "it may not be written";

    public static string Explain(SqliteException exception) => exception.SqliteErrorCode switch
    {
        SQLitePCL.raw.SQLITE_NOTADB => "it is not an SQLite database",
        SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED => "another process has it open",
        SQLitePCL.raw.SQLITE_CANTOPEN => "it cannot be opened or created there",
        SQLitePCL.raw.SQLITE_READONLY => NotWritable,
        SQLitePCL.raw.SQLITE_CORRUPT => "it is damaged",
        SQLitePCL.raw.SQLITE_FULL => DiskFull,
        SQLitePCL.raw.SQLITE_CONSTRAINT => "it has a control of that id already",
        SQLitePCL.raw.SQLITE_IOERR => string.Create(
            CultureInfo.InvariantCulture, $"reading or writing it failed (SQLite's I/O error {exception.SqliteExtendedErrorCode})"),
        _ => exception.Message.TrimEnd('.'),
    };
}
