using System.Globalization;
using System.Text;
using Unarr.Agents.Protocol;

namespace Unarr.EndToEnd.Tests.Stores;

/// <summary>What every store owes; each kind of store runs all of it.</summary>
public abstract class ControlStoreTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 12, 0, 0, 125, TimeSpan.Zero);
    private static readonly DateTimeOffset Later = Start.AddMilliseconds(1500);

    private protected abstract ControlStore Store { get; }

    [SkippableFact]
    public async Task Added_controls_are_pending_in_their_order_and_as_they_were()
    {
        ControlRecord[] first = [Record("a1", "1", "z"), Record("a1", "2", "a")];
        ControlRecord hostile = Record("a1", "3", "nul \0 quote ' \" 🐙 \u202e </script>", deleteFiles: true);
        PushResult added = Assert.Single(await Store.AddAsync(first, 10, default));
        Assert.Equal(("a1", PushStatus.Queued), (added.AgentId, added.Status));
        Assert.Equal(["1", "2"], added.ControlIds);
        await AddAsync(hostile);

        IReadOnlyList<ControlRecord> pending = await PendingAsync("a1");
        Assert.Equal([.. first, hostile], pending.Select(record => record with { Sequence = 0 }));
        Assert.Equal(added.LastSequence, pending[1].Sequence);
        Assert.Equal(added.LastSequence - 1, pending[0].Sequence);
        Assert.True(pending[0].Sequence > 0 && pending[2].Sequence > pending[1].Sequence);
        Assert.Empty(await PendingAsync("a2"));
        Assert.Empty(await Store.GetEndedAsync("a1", default));
    }

    [SkippableFact]
    public async Task Parameters_and_expiry_are_kept_as_they_were()
    {
        ControlRecord record = Record("a1", "1") with
        {
            Control = new Control("set-limit")
            {
                Id = "1",
                PushedAt = Start,
                Parameters = """{"n":1.0e2,"text":"\u0000é😀","list":[null,{}]}"""u8.ToArray(),
            },
            ExpiresAt = Later.AddTicks(7),
        };
        await AddAsync(record);
        ControlRecord pending = Assert.Single(await PendingAsync("a1"));
        Assert.Equal(record, pending with { Sequence = 0 });
        await UpdateAsync("a1", new ControlUpdate { ControlId = "1", State = ControlState.Expired, At = Later });
        ControlRecord ended = Assert.Single(await Store.GetEndedAsync("a1", default));
        Assert.Equal(record with { Sequence = pending.Sequence, State = ControlState.Expired, IsEnded = true, ChangedAt = Later }, ended);
    }

    [SkippableFact]
    public async Task Controls_past_the_bound_are_refused_all_of_them()
    {
        await AddAsync(3, Record("a1", "1"), Record("a1", "2"));
        Assert.Contains("at most 3 controls", await RefusedAsync(3, Record("a1", "3"), Record("a1", "4")), StringComparison.Ordinal);
        Assert.Equal(["1", "2"], Ids(await PendingAsync("a1")));

        await AddAsync(3, Record("a2", "5"), Record("a2", "6"), Record("a2", "7"));
        await AddAsync(3, Record("a1", "8"));
        await RefusedAsync(3, Record("a1", "9"));
    }

    [SkippableFact]
    public async Task Push_to_many_agents_is_all_or_none_for_each_of_them()
    {
        await AddAsync(2, Record("a2", "0"));
        IReadOnlyList<PushResult> results = await Store.AddAsync(
            [
                Record("a1", "1"), Record("a1", "2"), Record("a2", "3"), Record("a2", "4"), Record("a3", "5"), Record("a3", "6"),
            ],
            2,
            default);

        Assert.Equal(["a1", "a2", "a3"], results.Select(result => result.AgentId));
        Assert.Equal([PushStatus.Queued, PushStatus.Full, PushStatus.Queued], results.Select(result => result.Status));
        Assert.Equal(["5", "6"], results[2].ControlIds);
        Assert.Empty(results[1].ControlIds);
        Assert.Equal(["1", "2"], Ids(await PendingAsync("a1")));
        Assert.Equal(["0"], Ids(await PendingAsync("a2")));
        Assert.Equal(["5", "6"], Ids(await PendingAsync("a3")));
        Assert.Equal(results[2].LastSequence, (await PendingAsync("a3"))[1].Sequence);
    }

    [SkippableFact]
    public async Task Handed_out_control_stays_pending_unless_that_ends_it()
    {
        await AddAsync(Record("a1", "1"), Record("a1", "2"), Record("a1", "3"));
        IReadOnlyList<ControlRecord> changed = await UpdateAsync(
            "a1",
            new ControlUpdate { ControlId = "2", State = ControlState.HandedOut, At = Later },
            new ControlUpdate { ControlId = "unknown", State = ControlState.HandedOut, At = Later },
            new ControlUpdate { ControlId = "3", State = ControlState.HandedOut, At = Later, Ends = true });

        Assert.Equal([("2", ControlState.Pending, false), ("3", ControlState.Pending, true)],
            changed.Select(record => (record.Control.Id!, record.PreviousState, record.IsEnded)));
        Assert.Equal(
            [Record("a1", "1"), Record("a1", "2") with { State = ControlState.HandedOut, ChangedAt = Later }],
            (await PendingAsync("a1")).Select(record => record with { Sequence = 0 }));
        ControlRecord ended = Assert.Single(await Store.GetEndedAsync("a1", default));
        Assert.Equal(("3", ControlState.HandedOut, true), (ended.Control.Id, ended.State, ended.IsEnded));
        Assert.Equal(2, await Store.CountPendingAsync("a1", default));
    }

    [SkippableFact]
    public async Task Ended_control_is_pending_no_more_and_ends_once()
    {
        await AddAsync(Record("a1", "1"), Record("a1", "2"), Record("a1", "3"));
        ControlUpdate[] updates =
        [
            new() { ControlId = "3", State = ControlState.Failed, At = Later, Error = "no such task" },
            new() { ControlId = "unknown", State = ControlState.Applied, At = Later },
            new() { ControlId = "1", State = ControlState.Applied, At = Later },
        ];

        Assert.Equal(["3", "1"], Ids(await UpdateAsync("a1", updates)));
        Assert.Empty(await UpdateAsync("a1", updates));
        Assert.Empty(await UpdateAsync("a1", new ControlUpdate { ControlId = "1", State = ControlState.HandedOut, At = Later }));
        Assert.Empty(await UpdateAsync("a1", new ControlUpdate { ControlId = "1", State = ControlState.Withdrawn, At = Later }));

        Assert.Equal(["2"], Ids(await PendingAsync("a1")));
        Assert.Equal(
            [
                Record("a1", "3") with { State = ControlState.Failed, IsEnded = true, ChangedAt = Later, Error = "no such task" },
                Record("a1", "1") with { State = ControlState.Applied, IsEnded = true, ChangedAt = Later },
            ],
            (await Store.GetEndedAsync("a1", default)).Select(record => record with { Sequence = 0 }));
    }

    [SkippableTheory]
    [InlineData(ControlState.Expired, ControlState.Applied, true)]
    [InlineData(ControlState.Expired, ControlState.Failed, true)]
    [InlineData(ControlState.Withdrawn, ControlState.Applied, true)]
    [InlineData(ControlState.Withdrawn, ControlState.Failed, true)]
    [InlineData(ControlState.Withdrawn, ControlState.Expired, false)]
    [InlineData(ControlState.Expired, ControlState.Withdrawn, false)]
    [InlineData(ControlState.Expired, ControlState.HandedOut, false)]
    [InlineData(ControlState.Applied, ControlState.Failed, false)]
    [InlineData(ControlState.Failed, ControlState.Applied, false)]
    public async Task Late_acknowledgement_replaces_an_end_that_the_agent_did_not_know(
        ControlState first, ControlState then, bool isReplaced)
    {
        await AddAsync(Record("a1", "0"), Record("a1", "1"), Record("a1", "2"));
        ControlUpdate End(string id, ControlState state) => new() { ControlId = id, State = state, At = Later, Error = $"{state}" };
        await UpdateAsync("a1", End("1", first), End("2", ControlState.Applied));

        IReadOnlyList<ControlRecord> changed = await UpdateAsync("a1", End("1", then));

        Assert.Equal(isReplaced ? [first] : [], changed.Select(record => record.PreviousState));
        Assert.Equal(
            [("1", isReplaced ? then : first), ("2", ControlState.Applied)],
            (await Store.GetEndedAsync("a1", default)).Select(record => (record.Control.Id!, record.State)));
        Assert.Equal(1, await Store.CountPendingAsync("a1", default));
    }

    [SkippableFact]
    public async Task One_agent_s_calls_do_not_touch_another_s_controls()
    {
        await AddAsync(Record("a1", "1"));

        Assert.Empty(await UpdateAsync("a2", new ControlUpdate { ControlId = "1", State = ControlState.HandedOut, At = Later }));
        Assert.Empty(await UpdateAsync("a2", Applied("1")));
        Assert.Null(await Store.FindPendingAsync("a2", "1", default));
        await Store.RemoveAgentAsync("a2", default);

        Assert.Equal([Record("a1", "1")], (await PendingAsync("a1")).Select(record => record with { Sequence = 0 }));
    }

    [SkippableFact]
    public async Task Only_the_controls_that_ended_last_are_kept()
    {
        string[] ids = [.. Enumerable.Range(0, 100).Select(i => i.ToString(CultureInfo.InvariantCulture))];
        await AddAsync(100, [.. ids.Select(id => Record("a1", id))]);
        await AddAsync(Record("a2", "other"));
        await UpdateAsync("a2", Applied("other"));
        foreach (string[] some in ids.Reverse().Chunk(40))
        {
            await UpdateAsync("a1", [.. some.Select(Applied)]);
        }

        Assert.Equal(ids.Reverse().TakeLast(ControlStore.MinEnded), Ids(await Store.GetEndedAsync("a1", default)));
        Assert.Equal(["other"], Ids(await Store.GetEndedAsync("a2", default)));
    }

    [SkippableFact]
    public async Task Pending_controls_are_counted_by_agent()
    {
        await AddAsync(Record("a1", "1"), Record("a1", "2"), Record("a1", "3"));
        await AddAsync(Record("a2", "4"));
        await UpdateAsync("a1", Applied("2"));
        await UpdateAsync("a2", Applied("4"));

        IReadOnlyDictionary<string, int> counts = await Store.CountPendingAsync(default);

        Assert.Equal(2, counts["a1"]);
        Assert.Equal(0, counts.GetValueOrDefault("a2"));
        Assert.Equal(2, await Store.CountPendingAsync("a1", default));
        Assert.Equal(0, await Store.CountPendingAsync("a2", default));
        Assert.Equal(0, await Store.CountPendingAsync("a3", default));
    }

    [SkippableFact]
    public async Task Calls_that_come_at_once_lose_nothing()
    {
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(async () =>
        {
            string id = i.ToString(CultureInfo.InvariantCulture);
            string agent = $"a{i % 3}";
            await AddAsync(200, Record(agent, id));
            await UpdateAsync(agent, new ControlUpdate { ControlId = id, State = ControlState.HandedOut, At = Later });
            Assert.Equal(i % 2, (await UpdateAsync(agent, [.. new[] { Applied(id) }.Take(i % 2)])).Count);
        })));

        Assert.Equal(100, (await Store.CountPendingAsync(default)).Values.Sum());
    }

    [SkippableFact]
    public async Task Pushes_that_come_at_once_are_in_one_order()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(
            () => AddAsync(200, Record("a1", $"{i}-0"), Record("a1", $"{i}-1"), Record("a1", $"{i}-2")))));

        IReadOnlyList<ControlRecord> pending = await PendingAsync("a1");
        Assert.Equal(150, pending.Count);
        Assert.Equal(pending.Select(record => record.Sequence).Order().Distinct(), pending.Select(record => record.Sequence));
        Assert.All(pending.Chunk(3), push => Assert.Equal(
            ["0", "1", "2"], push.Select(record => record.Control.Id!.Split('-')[1])));
        Assert.All(pending.Chunk(3), push => Assert.Equal(push[0].Sequence + 2, push[2].Sequence));
    }

    [SkippableFact]
    public async Task Queue_is_bounded_by_its_bytes_as_written_too()
    {
        string long4Bytes = string.Concat(Enumerable.Repeat("🐙", 256));
        int bytes = Encoding.UTF8.GetByteCount(StoredControl.Write(Record("a1", "0000", long4Bytes).Control));
        int fit = ControlStore.MaxPendingBytes / bytes;
        ControlRecord[] all = [.. Enumerable.Range(0, fit).Select(i => Record("a1", $"{i:0000}", long4Bytes))];
        string bound = $"at most {ControlStore.MaxPendingBytes} bytes";
        Assert.Contains(bound, await RefusedAsync(4096, [.. all, Record("a1", "9999", long4Bytes)]), StringComparison.Ordinal);
        Assert.Empty(await PendingAsync("a1"));

        await AddAsync(4096, all);
        Assert.Contains(bound, await RefusedAsync(4096, Record("a1", "9999", long4Bytes)), StringComparison.Ordinal);
        await AddAsync(4096, Record("a2", "9999", long4Bytes));

        await UpdateAsync("a1", Applied("0007"));
        await AddAsync(4096, Record("a1", "8888", long4Bytes));
        Assert.Equal(fit, (await Store.CountPendingAsync(default))["a1"]);
    }

    [SkippableFact]
    public async Task Page_starts_after_a_sequence_whether_or_not_that_is_pending()
    {
        await AddAsync(Record("a1", "1"), Record("a1", "2"), Record("a1", "3"), Record("a1", "4"));
        long[] sequences = [.. (await PendingAsync("a1")).Select(record => record.Sequence)];
        await UpdateAsync("a1", Applied("2"));

        Assert.Equal(["3", "4"], Ids(await Store.GetPendingAsync("a1", sequences[0], 10, default)));
        Assert.Equal(["3", "4"], Ids(await Store.GetPendingAsync("a1", sequences[1], 10, default)));
        Assert.Equal(["1", "3", "4"], Ids(await Store.GetPendingAsync("a1", sequences[0] - 1, 10, default)));
        Assert.Empty(await Store.GetPendingAsync("a1", sequences[3], 10, default));
        Assert.Equal(sequences[2], await Store.FindPendingAsync("a1", "3", default));
        foreach (string gone in (string[])["2", "unknown", ""])
        {
            Assert.Null(await Store.FindPendingAsync("a1", gone, default));
        }
    }

    [SkippableFact]
    public async Task Page_is_bounded()
    {
        await AddAsync([.. Enumerable.Range(1, 9).Select(i => Record("a1", $"{i}"))]);

        Assert.Equal(["1", "2", "3", "4"], Ids(await Store.GetPendingAsync("a1", 0, 4, default)));
        long fifth = (await Store.FindPendingAsync("a1", "5", default))!.Value;
        Assert.Equal(["6", "7", "8", "9"], Ids(await Store.GetPendingAsync("a1", fifth, 4, default)));
        Assert.Equal(["1"], Ids(await Store.GetPendingAsync("a1", 0, 1, default)));
    }

    [SkippableFact]
    public async Task Order_is_that_of_the_calls_that_added_whatever_ends_in_between()
    {
        List<string> expected = [];
        for (int i = 0; i < 50; i++)
        {
            await AddAsync(100, Record("a1", $"{i}a"), Record("a1", $"{i}b"));
            await UpdateAsync("a1", Applied($"{i}a"));
            expected.Add($"{i}b");
        }

        Assert.Equal(expected, Ids(await PendingAsync("a1")));
        long after = (await Store.FindPendingAsync("a1", "20b", default))!.Value;
        Assert.Equal(expected[21..], Ids(await Store.GetPendingAsync("a1", after, 100, default)));
    }

    [SkippableFact]
    public async Task Ids_that_are_empty_repeated_or_unknown_are_ignored_in_any_number()
    {
        await AddAsync(Record("a1", "1"));
        ControlUpdate[] updates = [.. Enumerable.Range(0, 1500).Select(i => Applied(i % 3 == 0 ? "" : i % 3 == 1 ? "1" : $"x{i}"))];
        Assert.Single(await UpdateAsync("a1", updates));
    }

    [SkippableFact]
    public async Task Removed_agent_leaves_nothing_behind_and_may_come_back()
    {
        await AddAsync(Record("a1", "1"), Record("a1", "2"));
        await AddAsync(Record("a2", "3"));
        long last = (await Store.FindPendingAsync("a1", "2", default))!.Value;
        await UpdateAsync("a1", Applied("1"));

        await Store.RemoveAgentAsync("a1", default);
        await Store.RemoveAgentAsync("unknown", default);

        Assert.Empty(await PendingAsync("a1"));
        Assert.Empty(await Store.GetEndedAsync("a1", default));
        Assert.Equal(0, (await Store.CountPendingAsync(default)).GetValueOrDefault("a1"));
        Assert.Equal(["3"], Ids(await PendingAsync("a2")));
        await AddAsync(2, Record("a1", "4"), Record("a1", "5"));
        Assert.Equal(["4", "5"], Ids(await PendingAsync("a1")));
        Assert.True((await PendingAsync("a1"))[0].Sequence > last);
    }

    [SkippableFact]
    public async Task Store_that_works_is_found_to_work() => await Store.CheckAsync(default);

    private protected Task<IReadOnlyList<ControlRecord>> PendingAsync(string agent) =>
        Store.GetPendingAsync(agent, 0, int.MaxValue, default).AsTask();

    private protected Task<IReadOnlyList<ControlRecord>> UpdateAsync(string agent, params ControlUpdate[] updates) =>
        Store.UpdateAsync(agent, updates, default).AsTask();

    private protected Task AddAsync(params ControlRecord[] controls) => AddAsync(10, controls);

    private protected async Task AddAsync(int maxPending, params ControlRecord[] controls) => Assert.All(
        await Store.AddAsync(controls, maxPending, default), result => Assert.Equal(PushStatus.Queued, result.Status));

    private protected static ControlRecord Record(string agent, string id, string taskId = "t", bool deleteFiles = false) => new()
    {
        AgentId = agent,
        Control = new Control("pause", taskId) { Id = id, DeleteFiles = deleteFiles, PushedAt = Start },
        State = ControlState.Pending,
        ChangedAt = Start,
    };

    private protected static ControlUpdate Applied(string id) => new() { ControlId = id, State = ControlState.Applied, At = Later };

    private protected static IEnumerable<string> Ids(IEnumerable<ControlRecord> records) => records.Select(record => record.Control.Id!);

    private async Task<string> RefusedAsync(int maxPending, params ControlRecord[] controls)
    {
        PushResult result = Assert.Single(await Store.AddAsync(controls, maxPending, default));
        Assert.Equal(PushStatus.Full, result.Status);
        Assert.Empty(result.ControlIds);
        return result.Error!;
    }
}
