using Microsoft.Data.Sqlite;
using Unarr.ControlPlane.Controls;

namespace Unarr.EndToEnd.Tests.Stores;

public sealed class SqliteControlStoreTests : ControlStoreTests, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-store-");
    private SqliteControlStore _store;

    public SqliteControlStoreTests() => _store = SqliteControlStore.Open(StorePath);

    private protected override IControlStore Store => _store;

    private string StorePath => Path.Combine(_folder.FullName, "store.db");

    public void Dispose()
    {
        _store.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Reopened_store_has_what_it_had()
    {
        await _store.TryAddAsync("a1", [Record("1"), Record("2"), Record("3")], 10, default);
        await _store.SettleAsync("a1", [new ControlOutcome("2", ControlState.Applied)], DateTimeOffset.UnixEpoch, default);
        Reopen();

        await _store.TryAddAsync("a1", [Record("4")], 10, default);
        await _store.SettleAsync("a1", [new ControlOutcome("1", ControlState.Applied)], DateTimeOffset.UnixEpoch, default);

        Assert.Equal(["3", "4"], Ids(await _store.GetPendingAsync("a1", default)));
        Assert.Equal(["2", "1"], Ids(await _store.GetSettledAsync("a1", default)));
    }

    [Fact]
    public void What_is_committed_is_in_a_log_that_every_commit_syncs()
    {
        _store.Dispose();
        using SqliteConnection connection = SqliteControlFile.Open(StorePath);
        Assert.Equal("wal", Scalar(connection, "PRAGMA journal_mode"));
        Assert.Equal(2L, Scalar(connection, "PRAGMA synchronous"));
    }

    [Fact]
    public void Store_that_is_open_cannot_be_opened_again()
    {
        ControlStoreException exception = Assert.Throws<ControlStoreException>(() => SqliteControlStore.Open(StorePath));
        Assert.Equal("another process has it open", exception.Message);
    }

    [Fact]
    public void Store_of_a_newer_version_is_refused_and_stays_as_it_is()
    {
        Change("PRAGMA user_version = 2");
        byte[] before = File.ReadAllBytes(StorePath);

        ControlStoreException exception = Assert.Throws<ControlStoreException>(() => SqliteControlStore.Open(StorePath));

        Assert.Equal("its schema has version 2, and this program knows version 1 only", exception.Message);
        Assert.Equal(before, File.ReadAllBytes(StorePath));
    }

    [Fact]
    public void Database_of_another_program_is_refused()
    {
        Change("PRAGMA application_id = 7");
        Assert.Equal("it is a database of another program", Assert.Throws<ControlStoreException>(() => SqliteControlStore.Open(StorePath)).Message);
    }

    [Fact]
    public void File_that_is_no_database_is_refused_and_stays_as_it_is()
    {
        string text = Path.Combine(_folder.FullName, "notes.txt");
        string notes = string.Concat(Enumerable.Repeat("These are notes. ", 1000));
        File.WriteAllText(text, notes);

        Assert.Equal("it is no SQLite database", Assert.Throws<ControlStoreException>(() => SqliteControlStore.Open(text)).Message);
        Assert.Equal(notes, File.ReadAllText(text));
    }

    [Fact]
    public void Folder_that_is_not_there_is_told()
    {
        string file = Path.Combine(_folder.FullName, "none", "store.db");
        Assert.Equal("it cannot be opened or created there", Assert.Throws<ControlStoreException>(() => SqliteControlStore.Open(file)).Message);
    }

    [Fact]
    public async Task Closed_store_takes_no_calls()
    {
        _store.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => _store.GetPendingAsync("a1", default).AsTask());
    }

    [Fact]
    public async Task File_does_not_grow_with_what_has_passed_through_it()
    {
        await CycleAsync(300);
        Reopen();
        long before = new FileInfo(StorePath).Length;
        await CycleAsync(1500);
        Reopen();
        Assert.InRange(new FileInfo(StorePath).Length, 1, before * 3 / 2);
    }

    private async Task CycleAsync(int controls)
    {
        for (int i = 0; i < controls; i += 30)
        {
            ControlRecord[] records = [.. Enumerable.Range(0, 30).Select(_ => Record(Guid.NewGuid().ToString("N")))];
            Assert.True(await _store.TryAddAsync("a1", records, 30, default));
            await _store.SettleAsync("a1", [.. records.Select(record => new ControlOutcome(record.Id, ControlState.Applied))], default, default);
        }
    }

    private void Reopen()
    {
        _store.Dispose();
        _store = SqliteControlStore.Open(StorePath);
    }

    private void Change(string pragma)
    {
        _store.Dispose();
        using SqliteConnection connection = new($"Data Source={StorePath};Pooling=false");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = pragma;
        command.ExecuteNonQuery();
    }

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
