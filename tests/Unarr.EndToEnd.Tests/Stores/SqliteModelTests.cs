using Unarr.Agents.Hub.Controls;
using Unarr.Agents.Hub.Sqlite;
using Unarr.Agents.Protocol;

namespace Unarr.EndToEnd.Tests.Stores;

/// <summary>The store in a file answers as the one in memory does, whatever it holds in memory and however often it is reopened.</summary>
public sealed class SqliteModelTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 12, 0, 0, 125, TimeSpan.Zero);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-model-");
    private readonly InMemoryControlStore _model = new();
    private readonly List<string> _ids = [];
    private SqliteControlStore _store;

    public SqliteModelTests() => _store = Open();

    public void Dispose()
    {
        _store.Dispose();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Store_in_a_file_answers_as_the_one_in_memory(int seed)
    {
        Random random = new(seed);
        for (int step = 0; step < 600; step++)
        {
            string agent = $"a{random.Next(3)}";
            switch (random.Next(20))
            {
                case < 8:
                    ControlRecord[] records = [.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => Record(agent, random))];
                    Assert.Equal(
                        (await _model.AddAsync(records, 100, default)).Select(result => (result.Status, result.Error)),
                        (await _store.AddAsync(records, 100, default)).Select(result => (result.Status, result.Error)));
                    break;
                case < 17:
                    ControlUpdate[] updates = [.. Enumerable.Range(0, random.Next(8)).Select(_ => Update(random))];
                    Assert.Equal(
                        Unnumbered(await _model.UpdateAsync(agent, updates, default)),
                        Unnumbered(await _store.UpdateAsync(agent, updates, default)));
                    break;
                case 17 when random.Next(4) == 0:
                    await _model.RemoveAgentAsync(agent, default);
                    await _store.RemoveAgentAsync(agent, default);
                    break;
                case 18:
                    _store.Dispose();
                    _store = Open();
                    break;
            }

            await AssertSameAsync(agent, random);
        }
    }

    private async Task AssertSameAsync(string agent, Random random)
    {
        IReadOnlyList<ControlRecord> expected = await _model.GetPendingAsync(agent, 0, int.MaxValue, default);
        int count = random.Next(1, 120);
        Assert.Equal(Unnumbered(expected.Take(count)), Unnumbered(await _store.GetPendingAsync(agent, 0, count, default)));
        Assert.Equal(expected.Count, await _store.CountPendingAsync(agent, default));
        if (expected.Count > 0)
        {
            int middle = random.Next(expected.Count);
            long after = (await _store.FindPendingAsync(agent, expected[middle].Id, default))!.Value;
            Assert.Equal(
                Unnumbered(expected.Skip(middle + 1).Take(count)), Unnumbered(await _store.GetPendingAsync(agent, after, count, default)));
        }

        Assert.Equal(
            Unnumbered(await _model.GetEndedAsync(agent, default)), Unnumbered(await _store.GetEndedAsync(agent, default)));
        Assert.Equal(
            (await _model.CountPendingAsync(default)).Where(pair => pair.Value > 0).OrderBy(pair => pair.Key),
            (await _store.CountPendingAsync(default)).Where(pair => pair.Value > 0).OrderBy(pair => pair.Key));
    }

    private static IEnumerable<ControlRecord> Unnumbered(IEnumerable<ControlRecord> records) =>
        records.Select(record => record with { Sequence = 0 });

    private SqliteControlStore Open() => SqliteControlStore.Open(Path.Combine(_folder.FullName, "store.db"));

    private ControlRecord Record(string agent, Random random)
    {
        string id = Guid.NewGuid().ToString("N");
        _ids.Add(id);

        // Some are too long for their queue to be held.
        return new ControlRecord
        {
            AgentId = agent,
            Control = new Control("pause", new string('t', random.Next(10) == 0 ? 1000 : 3)) { Id = id, PushedAt = Start },
            State = ControlState.Pending,
            ChangedAt = Start,
            ExpiresAt = random.Next(2) == 0 ? Start.AddSeconds(random.Next(100)) : null,
        };
    }

    private ControlUpdate Update(Random random)
    {
        ControlState[] states =
            [ControlState.HandedOut, ControlState.Applied, ControlState.Failed, ControlState.Expired, ControlState.Withdrawn];
        ControlState state = states[random.Next(states.Length)];
        return new ControlUpdate
        {
            ControlId = _ids.Count == 0 ? "none" : _ids[^random.Next(1, Math.Min(_ids.Count, 60) + 1)],
            State = state,
            At = Start.AddSeconds(random.Next(1000)),
            Error = state == ControlState.Failed ? "why" : null,
            Ends = state == ControlState.HandedOut && random.Next(3) == 0,
        };
    }
}
