using Microsoft.Data.Sqlite;
using Unarr.Agents.Hub.Sqlite;

namespace Unarr.EndToEnd.Tests.Stores;

public sealed class SqliteControlStoreTests : ControlStoreTests, IDisposable
{
    /// <summary>A file as the version before wrote it: the state's numbers were one less.</summary>
    private const string VersionOne = """
        CREATE TABLE control (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            agent TEXT NOT NULL,
            control TEXT NOT NULL,
            queued_at INTEGER NOT NULL,
            state INTEGER NOT NULL,
            changed_at INTEGER NOT NULL,
            error TEXT,
            settled INTEGER
        ) STRICT;
        CREATE INDEX control_pending ON control (agent, sequence) WHERE settled IS NULL;
        CREATE UNIQUE INDEX control_settled ON control (agent, settled) WHERE settled IS NOT NULL;
        INSERT INTO control (id, agent, control, queued_at, state, changed_at, error, settled) VALUES
            ('p', 'a1', '{"id":"p","action":"pause","taskId":"t"}', 621355968000000000, 0, 621355968000000000, NULL, NULL),
            ('h', 'a1', '{"id":"h","action":"pause","taskId":"t"}', 621355968000000000, 1, 621355968000000000, NULL, NULL),
            ('a', 'a1', '{"id":"a","action":"pause","taskId":"t"}', 621355968000000000, 2, 621355968000000000, NULL, 1),
            ('f', 'a1', '{"id":"f","action":"pause","taskId":"t"}', 621355968000000000, 3, 621355968000000000, 'why', 2),
            ('s', 'a1', '{"id":"s","action":"pause","taskId":"t"}', 621355968000000000, 1, 621355968000000000, NULL, 3),
            ('u', 'a1', 'x', 621355968000000000, 4, 621355968000000000, 'no JSON', -1);
        PRAGMA application_id = 1433297266;
        PRAGMA user_version = 1;
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-store-");
    private SqliteControlStore _store;

    public SqliteControlStoreTests() => _store = SqliteControlStore.Open(StorePath);

    private protected override ControlStore Store => _store;

    private string StorePath => Path.Combine(_folder.FullName, "store.db");

    public void Dispose()
    {
        _store.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Reopened_store_has_what_it_had()
    {
        await AddAsync(Record("a1", "1"), Record("a1", "2"), Record("a1", "3"));
        await UpdateAsync("a1", Applied("2"));
        Reopen();

        await AddAsync(Record("a1", "4"));
        await UpdateAsync("a1", Applied("1"));

        Assert.Equal(["3", "4"], Ids(await PendingAsync("a1")));
        Assert.Equal(["2", "1"], Ids(await _store.GetEndedAsync("a1", default)));
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
        Change("PRAGMA user_version = 3");
        byte[] before = File.ReadAllBytes(StorePath);

        ControlStoreException exception = Assert.Throws<ControlStoreException>(() => SqliteControlStore.Open(StorePath));

        Assert.Equal("its schema has version 3, and this program knows versions 1 to 2 only", exception.Message);
        Assert.Equal(before, File.ReadAllBytes(StorePath));
    }

    [Fact]
    public async Task Store_of_the_version_before_is_brought_to_this_one()
    {
        _store.Dispose();
        File.Delete(StorePath);
        using (SqliteConnection connection = new($"Data Source={StorePath};Pooling=false"))
        {
            connection.Open();
            Execute(connection, VersionOne);
        }

        _store = SqliteControlStore.Open(StorePath);

        Assert.Equal(
            [("p", ControlState.Pending), ("h", ControlState.HandedOut)],
            (await PendingAsync("a1")).Select(record => (record.Control.Id!, record.State)));
        Assert.Equal(
            [
                ("u", ControlState.Unreadable, "no JSON"), ("a", ControlState.Applied, null), ("f", ControlState.Failed, "why"),
                ("s", ControlState.HandedOut, null),
            ],
            (await _store.GetEndedAsync("a1", default)).Select(record => (record.Control.Id!, record.State, record.Error)));
        Assert.All(await PendingAsync("a1"), record => Assert.Equal(DateTimeOffset.UnixEpoch, record.Control.PushedAt));
        await AddAsync(Record("a1", "n") with { ExpiresAt = DateTimeOffset.UnixEpoch });
        Reopen();
        Assert.Equal(["p", "h", "n"], Ids(await PendingAsync("a1")));
    }

    [Fact]
    public void Database_of_another_program_is_refused()
    {
        Change("PRAGMA application_id = 7");
        Assert.Equal(
            "it is a database of another program", Assert.Throws<ControlStoreException>(() => SqliteControlStore.Open(StorePath)).Message);
    }

    [Fact]
    public void File_that_is_no_database_is_refused_and_stays_as_it_is()
    {
        string text = Path.Combine(_folder.FullName, "notes.txt");
        string notes = string.Concat(Enumerable.Repeat("These are notes. ", 1000));
        File.WriteAllText(text, notes);

        Assert.Equal("it is not an SQLite database", Assert.Throws<ControlStoreException>(() => SqliteControlStore.Open(text)).Message);
        Assert.Equal(notes, File.ReadAllText(text));
    }

    [Fact]
    public void Folder_that_is_not_there_is_told()
    {
        string file = Path.Combine(_folder.FullName, "none", "store.db");
        Assert.Equal(
            "it cannot be opened or created there", Assert.Throws<ControlStoreException>(() => SqliteControlStore.Open(file)).Message);
    }

    [Fact]
    public async Task Closed_store_takes_no_calls()
    {
        _store.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => PendingAsync("a1"));
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

    [Theory]
    [InlineData("UPDATE control SET control = '{\"id\":\"2\",\"action\":\"pau' WHERE id = '2'")]
    [InlineData("UPDATE control SET control = replace(control, '\"2\"', '\"7\"') WHERE id = '2'")]
    [InlineData("UPDATE control SET control = "
        + "CAST(CAST(substr(control, 1, 20) AS BLOB) || x'ff' || CAST(substr(control, 22) AS BLOB) AS TEXT) WHERE id = '2'")]
    [InlineData("UPDATE control SET control = '' WHERE id = '2'")]
    [InlineData("UPDATE control SET state = 77 WHERE id = '2'")]
    public async Task Row_that_cannot_be_read_is_set_aside_and_the_others_go_on(string damage)
    {
        await AddAsync(Record("a1", "1"), Record("a1", "2"), Record("a1", "3"));
        Change(damage);
        _store = SqliteControlStore.Open(StorePath);

        long first = (await _store.FindPendingAsync("a1", "1", default))!.Value;
        IReadOnlyList<ControlRecord> page = await _store.GetPendingAsync("a1", first, 10, default);
        Assert.Equal([("2", ControlState.Unreadable), ("3", ControlState.Pending)],
            page.Select(record => (record.Control.Id!, record.State)));
        Assert.Equal(["1", "3"], Ids(await PendingAsync("a1")));
        Assert.Equal(2, (await _store.CountPendingAsync(default))["a1"]);

        // Kept and shown, however many others end.
        ControlRecord[] records = [.. Enumerable.Range(0, 70).Select(i => Record("a1", $"x{i}"))];
        await AddAsync(72, records);
        await UpdateAsync("a1", [.. Ids(records).Select(Applied)]);
        Reopen();
        IReadOnlyList<ControlRecord> settled = await _store.GetEndedAsync("a1", default);
        Assert.Equal(65, settled.Count);
        Assert.Equal(("2", ControlState.Unreadable), (settled[0].Control.Id, settled[0].State));
        Assert.StartsWith("The store cannot read this control: ", settled[0].Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ended_control_that_cannot_be_read_is_shown_as_such()
    {
        await AddAsync(Record("a1", "1"), Record("a1", "2"));
        await UpdateAsync("a1", Applied("1"), Applied("2"));
        Change("UPDATE control SET control = 'x' WHERE id = '2'");
        _store = SqliteControlStore.Open(StorePath);

        Assert.Equal(
            [ControlState.Applied, ControlState.Unreadable], (await _store.GetEndedAsync("a1", default)).Select(record => record.State));
    }

    [Theory]
    [InlineData("store.db")]
    [InlineData("store.db-wal")]
    public async Task Deleted_file_is_noticed(string file)
    {
        await AddAsync(Record("a1", "1"));
        File.Delete(Path.Combine(_folder.FullName, file));

        Func<Task>[] calls =
        [
            () => AddAsync(Record("a1", "2")),
            () => PendingAsync("a1"),
            () => UpdateAsync("a1", Applied("1")),
            () => _store.CheckAsync(default).AsTask(),
        ];
        foreach (Func<Task> call in calls)
        {
            ControlStoreException exception = await Assert.ThrowsAsync<ControlStoreException>(call);
            Assert.Contains("deleted or moved", exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Replaced_file_is_noticed()
    {
        File.Move(StorePath, StorePath + ".old");
        File.Copy(StorePath + ".old", StorePath);
        ControlStoreException exception = await Assert.ThrowsAsync<ControlStoreException>(() => _store.CheckAsync(default).AsTask());
        Assert.Contains("deleted or moved", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Full_store_is_told_as_such_stores_nothing_and_works_again_when_there_is_room()
    {
        _store.Dispose();
        SqliteConnection connection = SqliteControlFile.Open(StorePath);
        long free = 1_000_000;
        _store = new SqliteControlStore(connection, () => free);
        Execute(connection, "PRAGMA max_page_count = 12");
        ControlRecord[] large = [.. Enumerable.Range(0, 100).Select(i => Record("a1", $"{i}", new string('t', 1000)))];

        ControlStoreException exception = await Assert.ThrowsAsync<ControlStoreException>(
            () => AddAsync(4096, large));
        Assert.Equal("the disk is full", exception.Message);
        Assert.Empty(await PendingAsync("a1"));
        Assert.Equal(0, (await _store.CountPendingAsync(default)).GetValueOrDefault("a1"));

        // The smallest write would fit: the disk is full all the same.
        Execute(connection, "PRAGMA max_page_count = 10000");
        Assert.Equal(
            "the disk is full", (await Assert.ThrowsAsync<ControlStoreException>(() => _store.CheckAsync(default).AsTask())).Message);
        free = 10_000_000;
        await _store.CheckAsync(default);
        await AddAsync(100, large);
    }

    [Fact]
    public async Task Store_that_may_not_be_written_is_told_as_such()
    {
        _store.Dispose();
        SqliteConnection connection = SqliteControlFile.Open(StorePath);
        _store = new SqliteControlStore(connection);
        Execute(connection, "PRAGMA query_only = ON");
        ControlStoreException exception = await Assert.ThrowsAsync<ControlStoreException>(
            () => AddAsync(Record("a1", "1")));
        Assert.Equal("it may not be written", exception.Message);
        await Assert.ThrowsAsync<ControlStoreException>(() => _store.CheckAsync(default).AsTask());

        Execute(connection, "PRAGMA query_only = OFF");
        await _store.CheckAsync(default);
    }

    [Fact]
    public async Task Page_of_a_long_queue_is_read_without_the_rest()
    {
        for (int i = 0; i < 20; i++)
        {
            await AddAsync(4096, [.. Enumerable.Range(0, 200).Select(j => Record("a1", $"{i}-{j}"))]);
        }

        // A row far behind the page is damaged: nobody has read it.
        Change("UPDATE control SET control = 'x' WHERE id = '19-199'");
        _store = SqliteControlStore.Open(StorePath);
        long after = (await _store.FindPendingAsync("a1", "10-0", default))!.Value;
        IReadOnlyList<ControlRecord> page = await _store.GetPendingAsync("a1", after, 100, default);
        Assert.Equal("10-100", page[^1].Control.Id);
        Assert.All(page, record => Assert.Equal(ControlState.Pending, record.State));
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private async Task CycleAsync(int controls)
    {
        for (int i = 0; i < controls; i += 30)
        {
            ControlRecord[] records = [.. Enumerable.Range(0, 30).Select(_ => Record("a1", Guid.NewGuid().ToString("N")))];
            await AddAsync(30, records);
            await UpdateAsync("a1", [.. Ids(records).Select(Applied)]);
        }
    }

    private void Reopen()
    {
        _store.Dispose();
        _store = SqliteControlStore.Open(StorePath);
    }

    private void Change(string sql)
    {
        _store.Dispose();
        using SqliteConnection connection = new($"Data Source={StorePath};Pooling=false");
        connection.Open();
        Execute(connection, sql);
    }

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
