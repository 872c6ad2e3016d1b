using System.Globalization;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using Unarr.Agents.Hub.Sqlite;
using Unarr.Agents.Protocol;

namespace Unarr.EndToEnd.Tests.Stores;

/// <summary>What a store costs after years: its file is bounded by its agents, and its start by what is pending.</summary>
public sealed class SqliteYearsTests : IDisposable
{
    private const int Agents = 20;
    private const int CacheMisses = 8; // SQLITE_DBSTATUS_CACHE_MISS

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-years-");

    private string StorePath => Path.Combine(_folder.FullName, "store.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task File_and_log_are_bounded_however_much_has_passed()
    {
        using (SqliteControlStore store = SqliteControlStore.Open(StorePath))
        {
            await PassAsync(store, ControlStore.MinEnded + 16);
        }

        // What is in the log is written to the file when the store is closed.
        long file = new FileInfo(StorePath).Length;
        using (SqliteControlStore store = SqliteControlStore.Open(StorePath))
        {
            await PassAsync(store, 500);

            // "journal_size_limit" is what the log is cut back to; it is written back after 1,000 pages.
            Assert.InRange(new FileInfo(StorePath + "-wal").Length, 0, 8 * 1024 * 1024);
        }

        Assert.InRange(new FileInfo(StorePath).Length, 1, file * 3 / 2);
        using SqliteConnection connection = SqliteControlFile.Open(StorePath);
        Assert.Equal((long)Agents * ControlStore.MinEnded, Scalar(connection, "SELECT count(*) FROM control"));
    }

    [Fact]
    public async Task Start_reads_as_much_however_many_have_ended()
    {
        using (SqliteControlStore store = SqliteControlStore.Open(StorePath))
        {
            await store.AddAsync([Record("a0", "pending")], 10, default);
        }

        int before = await PagesReadByStartAsync();
        using (SqliteControlStore store = SqliteControlStore.Open(StorePath))
        {
            await PassAsync(store, ControlStore.MinEnded);
        }

        // A page or two more on the way to what is pending, of the hundreds that the file has.
        using (SqliteConnection connection = SqliteControlFile.Open(StorePath))
        {
            Assert.InRange((long)Scalar(connection, "PRAGMA page_count")!, 100, long.MaxValue);
        }

        Assert.InRange(await PagesReadByStartAsync(), before, before + 6);
    }

    [Fact]
    public void Counting_what_is_pending_uses_its_index()
    {
        using SqliteConnection connection = SqliteControlFile.Open(StorePath);
        using SqliteCommand plan = connection.CreateCommand();
        plan.CommandText = "EXPLAIN QUERY PLAN " + SqliteReads.CountAll;
        using SqliteDataReader rows = plan.ExecuteReader();
        Assert.True(rows.Read());
        Assert.Equal("SCAN control USING INDEX control_pending", rows.GetString(3));
        Assert.False(rows.Read());
    }

    private async Task<int> PagesReadByStartAsync()
    {
        SqliteConnection connection = SqliteControlFile.Open(StorePath);
        using SqliteControlStore store = new(connection);
        Assert.Equal(1, (await store.CountPendingAsync(default))["a0"]);
        Assert.Equal(["pending"], (await store.GetPendingAsync("a0", 0, 10, default)).Select(record => record.Id));
        raw.sqlite3_db_status(connection.Handle!, CacheMisses, out int misses, out _, 0);
        return misses;
    }

    /// <summary>Pushes controls to each agent and settles them, many calls at once.</summary>
    private static async Task PassAsync(SqliteControlStore store, int each) => await Task.WhenAll(
        Enumerable.Range(0, Agents).Select(agent => Task.Run(async () =>
        {
            string id = string.Create(CultureInfo.InvariantCulture, $"a{agent}");
            for (int i = 0; i < each; i += 8)
            {
                int count = Math.Min(8, each - i);
                ControlRecord[] records = [.. Enumerable.Range(0, count).Select(_ => Record(id, Guid.NewGuid().ToString("N")))];
                await store.AddAsync(records, 10, default);
                await store.UpdateAsync(
                    id,
                    [.. records.Select(record => new ControlUpdate { ControlId = record.Id, State = ControlState.Applied })],
                    default);
            }
        })));

    private static ControlRecord Record(string agent, string id) => new()
    {
        AgentId = agent,
        Control = new Control("pause", new string('t', 100)) { Id = id, PushedAt = DateTimeOffset.UnixEpoch },
        State = ControlState.Pending,
        ChangedAt = DateTimeOffset.UnixEpoch,
    };

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
