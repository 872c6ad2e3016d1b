using Microsoft.Data.Sqlite;
using SQLitePCL;
using Unarr.Agents.Hub.Sqlite;
using Unarr.Agents.Protocol;

namespace Unarr.EndToEnd.Tests.Stores;

/// <summary>Calls that come while a transaction is being committed: the first commit is held until the test lets it go.</summary>
public sealed class SqliteGroupCommitTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-group-");
    private readonly TaskCompletionSource _isCommitting = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _letGo = new();
    private readonly SqliteConnection _connection;
    private readonly SqliteControlStore _store;
    private Func<int, bool> _fails = static _ => false;
    private int _commits;

    public SqliteGroupCommitTests()
    {
        _connection = SqliteControlFile.Open(StorePath);
        _store = new SqliteControlStore(_connection);
        raw.sqlite3_commit_hook(_connection.Handle!, _ => Commit(), null);
    }

    private string StorePath => Path.Combine(_folder.FullName, "store.db");

    public void Dispose()
    {
        _letGo.TrySetResult();
        _store.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Pushes_that_wait_are_one_transaction_in_their_order()
    {
        Task<PushStatus> first = await HoldFirstAsync();
        Task<PushStatus>[] waiting = [.. Enumerable.Range(1, 64).Select(i => PushAsync("a1", $"{i}"))];
        Assert.All(waiting, push => Assert.False(push.IsCompleted));

        _letGo.SetResult();

        Assert.All(await Task.WhenAll([first, .. waiting]), status => Assert.Equal(PushStatus.Queued, status));
        Assert.Equal(2, _commits);
        Assert.Equal(Enumerable.Range(0, 65).Select(i => $"{i}"), await PendingAsync("a1"));
    }

    [Fact]
    public async Task Pushes_past_what_one_transaction_takes_are_in_the_next()
    {
        Task<PushStatus> first = await HoldFirstAsync();
        Task<PushStatus>[] waiting = [.. Enumerable.Range(1, SqliteCallQueue.MaxInRound + 1).Select(i => PushAsync($"b{i}", $"{i}"))];
        _letGo.SetResult();
        await Task.WhenAll([first, .. waiting]);
        Assert.Equal(3, _commits);
    }

    [Fact]
    public async Task Settles_and_pushes_that_wait_are_one_transaction()
    {
        Task<PushStatus> first = await HoldFirstAsync();
        Task<PushStatus> push = PushAsync("a2", "2");
        Task<IReadOnlyList<ControlRecord>> settle = ApplyAsync("a1", "0");
        Task<IReadOnlyList<ControlRecord>> again = ApplyAsync("a1", "0");
        _letGo.SetResult();

        await Task.WhenAll(first, push);
        Assert.Equal(["0"], (await settle).Select(record => record.Id));
        Assert.Empty(await again);
        Assert.Equal(2, _commits);
        Assert.Empty(await PendingAsync("a1"));
        Assert.Equal(["0"], (await _store.GetEndedAsync("a1", default)).Select(record => record.Id));
    }

    [Fact]
    public async Task One_that_fails_does_not_fail_the_others()
    {
        Task<PushStatus> first = await HoldFirstAsync();
        Task<PushStatus> before = PushAsync("a1", "1");
        Task<PushStatus> twice = PushAsync("a1", "2", "0");
        Task<PushStatus> after = PushAsync("a1", "3");
        Task<IReadOnlyList<ControlRecord>> settle = ApplyAsync("a1", "0");
        _letGo.SetResult();

        Assert.All(await Task.WhenAll(first, before, after), status => Assert.Equal(PushStatus.Queued, status));
        ControlStoreException exception = await Assert.ThrowsAsync<ControlStoreException>(() => twice);
        Assert.Equal("it has a control of that id already", exception.Message);
        Assert.Single(await settle);
        Assert.Equal(["1", "3"], await PendingAsync("a1"));
        AssertFileHas("1", "3");
    }

    [Fact]
    public async Task Commit_that_fails_fails_all_of_them_and_nothing_is_remembered()
    {
        _fails = static commit => commit == 2;
        Task<PushStatus> first = await HoldFirstAsync();
        Task<PushStatus>[] waiting = [.. Enumerable.Range(1, 5).Select(i => PushAsync("a1", $"{i}"))];
        Task<IReadOnlyList<ControlRecord>> settle = ApplyAsync("a1", "0");
        _letGo.SetResult();

        Assert.Equal(PushStatus.Queued, await first);
        foreach (Task call in (Task[])[.. waiting, settle])
        {
            await Assert.ThrowsAsync<ControlStoreException>(() => call);
        }

        Assert.Equal(["0"], await PendingAsync("a1"));
        Assert.Equal(1, await _store.CountPendingAsync("a1", default));
        Assert.Equal(PushStatus.Queued, await PushAsync("a1", "1"));
        AssertFileHas("0", "1");
    }

    [Fact]
    public async Task Bound_is_exact_among_those_that_wait()
    {
        Task<PushStatus> first = await HoldFirstAsync();
        Task<PushStatus>[] waiting = [.. Enumerable.Range(1, 20).Select(i => PushAsync("a1", [$"{i}"], maxPending: 10))];
        _letGo.SetResult();
        await first;
        PushStatus[] statuses = await Task.WhenAll(waiting);
        Assert.Equal([.. Enumerable.Repeat(PushStatus.Queued, 9), .. Enumerable.Repeat(PushStatus.Full, 11)], statuses);
        Assert.Equal(10, await _store.CountPendingAsync("a1", default));
    }

    [Fact]
    public async Task Push_that_is_cancelled_while_it_waits_is_not_written()
    {
        using CancellationTokenSource cancel = new();
        Task<PushStatus> first = await HoldFirstAsync();
        Task<PushStatus> cancelled = PushAsync("a1", ["1"], cancellationToken: cancel.Token);
        Task<PushStatus> other = PushAsync("a1", "2");
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.False(first.IsCompleted);
        _letGo.SetResult();

        await Task.WhenAll(first, other);
        Assert.Equal(["0", "2"], await PendingAsync("a1"));
        AssertFileHas("0", "2");
    }

    [Fact]
    public async Task Push_that_is_cancelled_while_it_is_written_has_its_outcome()
    {
        using CancellationTokenSource cancel = new();
        Task<PushStatus> first = HoldFirst(cancel.Token);
        await _isCommitting.Task;
        await cancel.CancelAsync();
        _letGo.SetResult();
        Assert.Equal(PushStatus.Queued, await first);
        AssertFileHas("0");
    }

    [Fact]
    public async Task Closing_ends_what_is_written_and_fails_what_waits()
    {
        Task<PushStatus> first = await HoldFirstAsync();
        Task<PushStatus> waiting = PushAsync("a1", "1");
        Task closing = Task.Run(_store.Dispose);
        while (!closing.IsCompleted && await IsTakenAsync())
        {
            await Task.Yield();
        }

        Assert.False(closing.IsCompleted);
        _letGo.SetResult();
        await closing;
        Assert.Equal(PushStatus.Queued, await first);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        AssertFileHas("0");
    }

    private int Commit()
    {
        int commit = Interlocked.Increment(ref _commits);
        if (commit == 1)
        {
            _isCommitting.TrySetResult();
            _letGo.Task.GetAwaiter().GetResult();
        }

        return _fails(commit) ? 1 : 0;
    }

    private async Task<Task<PushStatus>> HoldFirstAsync()
    {
        Task<PushStatus> first = HoldFirst(default);
        await _isCommitting.Task;
        return first;
    }

    private Task<PushStatus> HoldFirst(CancellationToken cancellationToken) => Task.Factory.StartNew(
        () => PushAsync("a1", ["0"], cancellationToken: cancellationToken), default, TaskCreationOptions.LongRunning,
        TaskScheduler.Default).Unwrap();

    /// <summary>Whether the store takes further calls; one that it takes waits for nothing but its cancellation.</summary>
    private async Task<bool> IsTakenAsync()
    {
        using CancellationTokenSource cancel = new();
        Task<PushStatus> push = PushAsync("a1", ["never"], cancellationToken: cancel.Token);
        await cancel.CancelAsync();
        await ((Task)push).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return push.IsCanceled;
    }

    private Task<PushStatus> PushAsync(string agent, params string[] ids) => PushAsync(agent, ids, 100);

    private async Task<PushStatus> PushAsync(
        string agent, string[] ids, int maxPending = 100, CancellationToken cancellationToken = default) =>
        (await _store.AddAsync([.. ids.Select(id => Record(agent, id))], maxPending, cancellationToken))[0].Status;

    private Task<IReadOnlyList<ControlRecord>> ApplyAsync(string agent, string id) => _store.UpdateAsync(
        agent, [new ControlUpdate { ControlId = id, State = ControlState.Applied, At = DateTimeOffset.UnixEpoch }], default).AsTask();

    private async Task<IEnumerable<string>> PendingAsync(string agent) =>
        (await _store.GetPendingAsync(agent, 0, 1000, default)).Select(record => record.Id);

    /// <summary>What another process would find: the store's memory plays no part in it.</summary>
    private void AssertFileHas(params string[] pending)
    {
        _store.Dispose();
        using SqliteControlStore reopened = SqliteControlStore.Open(StorePath);
        Assert.Equal(pending, reopened.GetPendingAsync("a1", 0, 1000, default).AsTask().Result.Select(record => record.Id));
    }

    private static ControlRecord Record(string agent, string id) => new()
    {
        AgentId = agent,
        Control = new Control("pause", "t") { Id = id, PushedAt = DateTimeOffset.UnixEpoch },
        State = ControlState.Pending,
        ChangedAt = DateTimeOffset.UnixEpoch,
    };
}
