using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace Unarr.Agents.Hub.Sqlite;

/// <summary>Notices that the store's file was deleted or replaced: what is written then goes to a file that nobody finds again.</summary>
internal sealed class SqliteFileWatch(SqliteConnection connection)
{
    private const int HasMoved = 20; // SQLITE_FCNTL_HAS_MOVED

    private readonly string _file = connection.DataSource;
    private readonly string _log = connection.DataSource + "-wal";
    private readonly bool _hasLog = File.Exists(connection.DataSource + "-wal");

    /// <summary>Whether there is no such file any more. Any thread may ask, also while the connection is in use; a file that was replaced
    /// by another one is there.</summary>
    public bool IsGone => !File.Exists(_file) || IsLogGone;

    private bool IsLogGone => _hasLog && !File.Exists(_log);

    /// <exception cref="ControlStoreException">The file is no longer where it was.</exception>
    public void ThrowIfMoved()
    {
        // A system whose SQLite cannot say it answers with an error code: the file is then taken to be there.
        int moved = 0;
        if (FileControl(connection.Handle!.DangerousGetHandle(), IntPtr.Zero, HasMoved, ref moved) == SQLitePCL.raw.SQLITE_OK && moved != 0)
        {
            throw new ControlStoreException("its file was deleted or moved while it was open; a restart makes a new one");
        }

        if (IsLogGone)
        {
            throw new ControlStoreException("its log (-wal) was deleted or moved while it was open");
        }
    }

    // A null name is the main database.
    [DllImport("e_sqlite3", EntryPoint = "sqlite3_file_control", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    private static extern int FileControl(IntPtr database, IntPtr name, int operation, ref int result);
}
