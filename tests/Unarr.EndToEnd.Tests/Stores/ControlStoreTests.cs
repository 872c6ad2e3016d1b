using System.Globalization;
using System.Text;
using Unarr.Agents.Hub.Controls;
using Unarr.Agents.Protocol;

namespace Unarr.EndToEnd.Tests.Stores;

/// <summary>What every store owes; each kind of store runs all of it.</summary>
public abstract class ControlStoreTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 12, 0, 0, 125, TimeSpan.Zero);
    private static readonly DateTimeOffset Later = Start.AddMilliseconds(1500);

    private protected abstract IControlStore Store { get; }

    [Fact]
    public async Task Added_controls_are_pending_in_their_order_and_as_they_were()
    {
        ControlRecord[] first = [Record("1", "z"), Record("2", "a")];
        ControlRecord hostile = Record("3", "nul \0 quote ' \" 🐙 \u202e </script>", deleteFiles: true);
        Assert.Equal(AddOutcome.Added, await Store.TryAddAsync("a1", first, 10, default));
        Assert.Equal(AddOutcome.Added, await Store.TryAddAsync("a1", [hostile], 10, default));

        Assert.Equal([.. first, hostile], await PendingAsync("a1"));
        Assert.Empty(await PendingAsync("a2"));
        Assert.Empty(await Store.GetSettledAsync("a1", default));
    }

    [Fact]
    public async Task Controls_past_the_bound_are_refused_all_of_them()
    {
        Assert.Equal(AddOutcome.Added, await Store.TryAddAsync("a1", [Record("1"), Record("2")], 3, default));
        Assert.Equal(AddOutcome.TooManyControls, await Store.TryAddAsync("a1", [Record("3"), Record("4")], 3, default));
        Assert.Equal(["1", "2"], Ids(await PendingAsync("a1")));

        Assert.Equal(AddOutcome.Added, await Store.TryAddAsync("a2", [Record("5"), Record("6"), Record("7")], 3, default));
        Assert.Equal(AddOutcome.Added, await Store.TryAddAsync("a1", [Record("8")], 3, default));
        Assert.Equal(AddOutcome.TooManyControls, await Store.TryAddAsync("a1", [Record("9")], 3, default));
    }

    [Fact]
    public async Task Handed_out_control_stays_pending()
    {
        await Store.TryAddAsync("a1", [Record("1"), Record("2")], 10, default);
        await Store.MarkHandedOutAsync("a1", ["2", "unknown"], Later, default);

        Assert.Equal(
            [Record("1"), Record("2") with { State = ControlState.HandedOut, ChangedAt = Later }],
            await PendingAsync("a1"));
    }

    [Fact]
    public async Task Settled_control_is_pending_no_more_and_settles_once()
    {
        await Store.TryAddAsync("a1", [Record("1"), Record("2"), Record("3")], 10, default);
        ControlOutcome[] outcomes =
            [new("3", ControlState.Failed, "no such task"), new("unknown", ControlState.Applied), new("1", ControlState.Applied)];

        Assert.Equal(2, await Store.SettleAsync("a1", outcomes, Later, default));
        Assert.Equal(0, await Store.SettleAsync("a1", outcomes, Later.AddSeconds(1), default));
        await Store.MarkHandedOutAsync("a1", ["1"], Later.AddSeconds(1), default);

        Assert.Equal(["2"], Ids(await PendingAsync("a1")));
        Assert.Equal(
            [
                Record("3") with { State = ControlState.Failed, ChangedAt = Later, Error = "no such task" },
                Record("1") with { State = ControlState.Applied, ChangedAt = Later },
            ],
            await Store.GetSettledAsync("a1", default));
    }

    [Fact]
    public async Task One_agent_s_calls_do_not_touch_another_s_controls()
    {
        await Store.TryAddAsync("a1", [Record("1")], 10, default);

        await Store.MarkHandedOutAsync("a2", ["1"], Later, default);
        Assert.Equal(0, await Store.SettleAsync("a2", [new ControlOutcome("1", ControlState.Applied)], Later, default));

        Assert.Equal([Record("1")], await PendingAsync("a1"));
    }

    [Fact]
    public async Task Only_the_controls_that_ended_last_are_kept()
    {
        string[] ids = [.. Enumerable.Range(0, 100).Select(i => i.ToString(CultureInfo.InvariantCulture))];
        await Store.TryAddAsync("a1", [.. ids.Select(id => Record(id))], 100, default);
        await Store.TryAddAsync("a2", [Record("other")], 100, default);
        await Store.SettleAsync("a2", [new ControlOutcome("other", ControlState.Applied)], Later, default);
        foreach (string[] some in ids.Reverse().Chunk(40))
        {
            await Store.SettleAsync("a1", [.. some.Select(id => new ControlOutcome(id, ControlState.Applied))], Later, default);
        }

        Assert.Equal(ids.Reverse().TakeLast(64), Ids(await Store.GetSettledAsync("a1", default)));
        Assert.Equal(["other"], Ids(await Store.GetSettledAsync("a2", default)));
    }

    [Fact]
    public async Task Pending_controls_are_counted_by_agent()
    {
        await Store.TryAddAsync("a1", [Record("1"), Record("2"), Record("3")], 10, default);
        await Store.TryAddAsync("a2", [Record("4")], 10, default);
        await Store.SettleAsync("a1", [new ControlOutcome("2", ControlState.Applied)], Later, default);
        await Store.SettleAsync("a2", [new ControlOutcome("4", ControlState.Applied)], Later, default);

        IReadOnlyDictionary<string, int> counts = await Store.CountPendingAsync(default);

        Assert.Equal(2, counts["a1"]);
        Assert.Equal(0, counts.GetValueOrDefault("a2"));
    }

    [Fact]
    public async Task Calls_that_come_at_once_lose_nothing()
    {
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(async () =>
        {
            string id = i.ToString(CultureInfo.InvariantCulture);
            Assert.Equal(AddOutcome.Added, await Store.TryAddAsync($"a{i % 3}", [Record(id)], 200, default));
            await Store.MarkHandedOutAsync($"a{i % 3}", [id], Later, default);
            Assert.Equal(i % 2, await Store.SettleAsync($"a{i % 3}", [.. Settled(id).Take(i % 2)], Later, default));
        })));

        Assert.Equal(100, (await Store.CountPendingAsync(default)).Values.Sum());
    }

    [Fact]
    public async Task Queue_is_bounded_by_its_bytes_as_written_too()
    {
        string long4Bytes = string.Concat(Enumerable.Repeat("🐙", 256));
        int bytes = Encoding.UTF8.GetByteCount(StoredControl.Write(Record("0000", long4Bytes).Control));
        int fit = QueueSize.MaxBytes / bytes;
        ControlRecord[] all = [.. Enumerable.Range(0, fit).Select(i => Record($"{i:0000}", long4Bytes))];
        Assert.Equal(AddOutcome.TooManyBytes, await Store.TryAddAsync("a1", [.. all, Record("9999", long4Bytes)], 4096, default));
        Assert.Empty(await PendingAsync("a1"));

        Assert.Equal(AddOutcome.Added, await Store.TryAddAsync("a1", all, 4096, default));
        Assert.Equal(AddOutcome.TooManyBytes, await Store.TryAddAsync("a1", [Record("9999", long4Bytes)], 4096, default));
        Assert.Equal(AddOutcome.Added, await Store.TryAddAsync("a2", [Record("9999", long4Bytes)], 4096, default));

        await Store.SettleAsync("a1", [new ControlOutcome("0007", ControlState.Applied)], Later, default);
        Assert.Equal(AddOutcome.Added, await Store.TryAddAsync("a1", [Record("8888", long4Bytes)], 4096, default));
        Assert.Equal(fit, (await Store.CountPendingAsync(default))["a1"]);
    }

    [Fact]
    public async Task Page_starts_after_a_pending_control_and_says_when_that_one_is_gone()
    {
        await Store.TryAddAsync("a1", [Record("1"), Record("2"), Record("3"), Record("4")], 10, default);
        await Store.SettleAsync("a1", [new ControlOutcome("2", ControlState.Applied)], Later, default);

        Assert.Equal(["3", "4"], Ids((await Store.ReadPendingAsync("a1", "1", PageSize.Sync, default)).Controls));
        Assert.Empty((await Store.ReadPendingAsync("a1", "4", PageSize.Sync, default)).Controls);
        foreach ((string agent, string after) in new[] { ("a1", "2"), ("a1", "unknown"), ("a1", ""), ("a2", "1") })
        {
            PendingPage page = await Store.ReadPendingAsync(agent, after, PageSize.Sync, default);
            Assert.True(page.IsAfterGone);
            Assert.Empty(page.Controls);
        }
    }

    [Fact]
    public async Task Page_is_bounded_and_says_whether_there_is_more()
    {
        await Store.TryAddAsync("a1", [.. Enumerable.Range(1, 9).Select(i => Record($"{i}"))], 10, default);

        PendingPage first = await Store.ReadPendingAsync("a1", null, new PageSize(4, int.MaxValue), default);
        Assert.Equal(["1", "2", "3", "4"], Ids(first.Controls));
        Assert.True(first.HasMore);
        PendingPage last = await Store.ReadPendingAsync("a1", "5", new PageSize(4, int.MaxValue), default);
        Assert.Equal(["6", "7", "8", "9"], Ids(last.Controls));
        Assert.False(last.HasMore);

        int bytes = StoredControl.Write(Record("1").Control).Length;
        Assert.Equal(["1", "2"], Ids((await Store.ReadPendingAsync("a1", null, new PageSize(100, (2 * bytes) + 1), default)).Controls));
        PendingPage one = await Store.ReadPendingAsync("a1", "8", PageSize.One, default);
        Assert.Equal(["9"], Ids(one.Controls));
        Assert.False(one.HasMore);
    }

    [Fact]
    public async Task Order_is_that_of_the_calls_that_added_whatever_ends_in_between()
    {
        List<string> expected = [];
        for (int i = 0; i < 50; i++)
        {
            await Store.TryAddAsync("a1", [Record($"{i}a"), Record($"{i}b")], 100, default);
            await Store.SettleAsync("a1", [new ControlOutcome($"{i}a", ControlState.Applied)], Later, default);
            expected.Add($"{i}b");
        }

        Assert.Equal(expected, Ids(await PendingAsync("a1")));
        Assert.Equal(expected[21..], Ids((await Store.ReadPendingAsync("a1", "20b", PageSize.Sync, default)).Controls));
    }

    [Fact]
    public async Task Ids_that_are_empty_repeated_or_unknown_are_ignored_in_any_number()
    {
        await Store.TryAddAsync("a1", [Record("1")], 10, default);
        ControlOutcome[] outcomes = [.. Enumerable.Range(0, 1500).Select(
            i => new ControlOutcome(i % 3 == 0 ? "" : i % 3 == 1 ? "1" : $"x{i}", ControlState.Applied))];
        Assert.Equal(1, await Store.SettleAsync("a1", outcomes, Later, default));
    }

    [Fact]
    public async Task Store_that_works_is_found_to_work() => await Store.CheckAsync(default);

    private protected async Task<IReadOnlyList<ControlRecord>> PendingAsync(string agent) =>
        (await Store.ReadPendingAsync(agent, null, new PageSize(int.MaxValue, int.MaxValue), default)).Controls;

    private protected static ControlRecord Record(string id, string taskId = "t", bool deleteFiles = false) => new(
        new Control("pause", taskId) { Id = id, DeleteFiles = deleteFiles }, Start, ControlState.Pending, Start);

    private protected static IEnumerable<string> Ids(IEnumerable<ControlRecord> records) => records.Select(record => record.Id);

    private static IEnumerable<ControlOutcome> Settled(string id) => [new ControlOutcome(id, ControlState.Applied)];
}
