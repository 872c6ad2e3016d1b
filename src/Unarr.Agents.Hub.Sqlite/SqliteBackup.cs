using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Unarr.Agents.Hub.Sqlite;

/// <summary>Copies a store's file with SQLite's online backup: the copy is the store as it was at the copy's end.</summary>
internal static class SqliteBackup
{
    // One MiB at a time: calls of the store go on in between.
    private const int PagesAtOnce = 256;

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(10);

    /// <summary>Copies an open store, a few pages at a time.</summary>
    /// <param name="source">The store's connection.</param>
    /// <param name="path">The copy: a file that is not there yet.</param>
    /// <param name="turn">Runs a step when no other call uses the connection.</param>
    /// <param name="cancellationToken">Ends the copying; what there is of the copy is deleted.</param>
    /// <exception cref="ControlStoreException">The copy cannot be made.</exception>
    public static async Task RunAsync(
        SqliteConnection source, string path, Func<Func<int>, ValueTask<int>> turn, CancellationToken cancellationToken)
    {
        try
        {
            using SqliteConnection target = OpenTarget(path);
            SQLitePCL.sqlite3_backup? backup = null;
            try
            {
                await turn(() =>
                {
                    backup = SQLitePCL.raw.sqlite3_backup_init(target.Handle!, "main", source.Handle!, "main");
                    return 0;
                }).ConfigureAwait(false);
                int code;
                while ((code = await turn(() => backup is null
                    ? SQLitePCL.raw.sqlite3_errcode(target.Handle!) : SQLitePCL.raw.sqlite3_backup_step(backup, PagesAtOnce))
                    .ConfigureAwait(false)) != SQLitePCL.raw.SQLITE_DONE)
                {
                    ThrowUnlessGoingOn(code);
                    await Task.Delay(code == SQLitePCL.raw.SQLITE_OK ? TimeSpan.Zero : LookAgain, cancellationToken).ConfigureAwait(false);
                }
            }
            finally
            {
                if (backup is not null)
                {
                    SQLitePCL.raw.sqlite3_backup_finish(backup);
                }
            }
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Copies a store that no program has open.</summary>
    /// <exception cref="ControlStoreException">There is no such store, or a program has it open.</exception>
    public static void CopyClosed(string store, string path)
    {
        try
        {
            using SqliteConnection source = SqliteControlFile.OpenExisting(store);
            using SqliteConnection target = OpenTarget(path);
            source.BackupDatabase(target);
        }
        catch (SqliteException exception)
        {
            File.Delete(path);
            throw new ControlStoreException(SqliteFailure.Explain(exception), exception);
        }
    }

    /// <summary>Checks a copy page by page, and makes it one file that needs no other next to it.</summary>
    /// <returns>How many controls are pending in it, and how many ended.</returns>
    /// <exception cref="ControlStoreException">It is damaged.</exception>
    public static (long Pending, long Ended) Check(string path)
    {
        try
        {
            using SqliteConnection copy = SqliteControlFile.OpenExisting(path);
            string found = SqliteControlFile.ReadText(copy, "PRAGMA integrity_check(1)");
            if (found != "ok")
            {
                throw new ControlStoreException($"it is damaged: {found}");
            }

            (long, long) counts = (
                SqliteControlFile.Read(copy, "SELECT count(*) FROM control WHERE settled IS NULL"),
                SqliteControlFile.Read(copy, "SELECT count(*) FROM control WHERE settled IS NOT NULL"));
            SqliteControlFile.ReadText(copy, "PRAGMA journal_mode = DELETE");
            return counts;
        }
        catch (SqliteException exception)
        {
            throw new ControlStoreException(SqliteFailure.Explain(exception), exception);
        }
    }

    private static SqliteConnection OpenTarget(string path)
    {
        SqliteConnection target = new(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            target.Open();
            return target;
        }
        catch
        {
            target.Dispose();
            throw;
        }
    }

    private static void ThrowUnlessGoingOn(int code)
    {
        // "If the source database connection is being used to write … when sqlite3_backup_step() is called, then SQLITE_LOCKED is
        // returned immediately."
        if (code is not (SQLitePCL.raw.SQLITE_OK or SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED))
        {
            throw new ControlStoreException(SqliteFailure.Explain(new SqliteException(
                string.Create(CultureInfo.InvariantCulture, $"copying it failed (SQLite's error {code})"), code)));
        }
    }
}
