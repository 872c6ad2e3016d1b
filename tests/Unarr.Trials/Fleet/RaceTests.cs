using Microsoft.Extensions.Logging.Abstractions;
using Unarr.Agents.Hub;
using Unarr.Agents.Hub.Nats;
using Unarr.Agents.Hub.Signals;
using Unarr.Agents.Protocol;
using Unarr.EndToEnd.Tests.Nats;
using Xunit.Abstractions;

namespace Unarr.EndToEnd.Tests.Fleet;

/// <summary>Two nodes that write the same document at once, ten thousand times.</summary>
[Collection(nameof(FleetTroubleTests))]
public sealed class RaceTests(ITestOutputHelper output)
{
    private const int Times = 10_000;
    private const int Bound = 4;
    private const int Agents = 50;

    private static readonly ParallelOptions AllAtOnce = new() { MaxDegreeOfParallelism = Agents };

    [SkippableFact]
    public async Task Bound_is_exact_when_two_nodes_push_at_it_at_once()
    {
        await using NatsServer server = await NatsServer.StartSingleAsync();
        await using NatsNode one = await StartAsync(server, "one");
        await using NatsNode two = await StartAsync(server, "two");
        int pushes = 0;
        await Parallel.ForAsync(0, Agents, AllAtOnce, async (agent, cancellationToken) =>
        {
            string id = $"a{agent}";
            for (int round = 0; Interlocked.Add(ref pushes, 2 * Bound) <= Times; round++)
            {
                PushResult[] results = await Task.WhenAll(Enumerable.Range(0, 2 * Bound).Select(
                    i => AddAsync(i % 2 == 0 ? one : two, id, $"{id}-{round}-{i}")));

                Assert.Equal(Bound, results.Count(result => result.Status == PushStatus.Queued));
                Assert.Equal(Bound, results.Count(result => result.Status == PushStatus.Full));
                string[] queued = [.. results.SelectMany(result => result.ControlIds)];
                Assert.Equal(Bound, (await EndAsync(round % 2 == 0 ? one : two, id, queued)).Count);
            }
        });
    }

    [SkippableFact]
    public async Task Purge_that_races_a_push_loses_no_push()
    {
        await using NatsServer server = await NatsServer.StartSingleAsync();
        await using NatsNode one = await StartAsync(server, "one");
        await using NatsNode two = await StartAsync(server, "two");
        one.Store.DropAfter = TimeSpan.Zero;
        two.Store.DropAfter = TimeSpan.Zero;
        int purges = 0;
        int races = 0;
        await Parallel.ForAsync(0, Agents, AllAtOnce, async (agent, cancellationToken) =>
        {
            string id = $"a{agent}";
            string last = $"{id}-first";
            Assert.Equal(PushStatus.Queued, (await AddAsync(one, id, last)).Status);
            for (int round = 0; Interlocked.Increment(ref purges) <= Times; round++)
            {
                // The end of the last control empties the document, which is purged; the push comes in between, somewhere.
                string next = $"{id}-{round}";
                (NatsNode ends, NatsNode pushes) = round % 2 == 0 ? (one, two) : (two, one);
                Task<IReadOnlyList<ControlRecord>> end = EndAsync(ends, id, last);
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(6)), cancellationToken);
                Assert.Equal(PushStatus.Queued, (await AddAsync(pushes, id, next)).Status);
                Assert.Equal([last], (await end).Select(record => record.Id));
                Assert.NotEqual(0UL, await pushes.TryReadAsync(id, cancellationToken));
                IReadOnlyList<ControlRecord> pending = await pushes.Store.GetPendingAsync(id, 0, 10, cancellationToken);
                Assert.Equal([next], pending.Select(record => record.Id));
                Interlocked.Add(ref races, pushes.Cache.Find(id).Mark.Ended == 0 ? 1 : 0);
                last = next;
            }
        });
        output.WriteLine($"{races} of {Times} pushes found the ended control dropped or purged");
        Assert.True(races > 0);
    }

    private static async Task<PushResult> AddAsync(NatsNode node, string agent, string id) => (await node.Store.AddAsync(
        [
            new ControlRecord
            {
                AgentId = agent,
                Control = new Control("pause") { Id = id, PushedAt = DateTimeOffset.UnixEpoch },
                State = ControlState.Pending,
            },
        ],
        Bound, default))[0];

    private static Task<IReadOnlyList<ControlRecord>> EndAsync(NatsNode node, string agent, params string[] ids) => node.Store.UpdateAsync(
        agent, [.. ids.Select(id => new ControlUpdate { ControlId = id, State = ControlState.Applied })], default).AsTask();

    private static async Task<NatsNode> StartAsync(NatsServer server, string name)
    {
        NatsNode node = new(
            new NatsSettings(server.Url, new NatsAgentHubOptions { Create = true, NodeName = name }),
            new HubClock(TimeProvider.System), NullLoggerFactory.Instance);
        await node.StartAsync(default);
        return node;
    }
}
