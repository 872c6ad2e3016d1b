using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using NATS.Client.JetStream;
using Unarr.Agents.Hub;
using Unarr.Agents.Hub.Nats;
using Unarr.Agents.Hub.Signals;
using Unarr.Agents.Protocol;
using Unarr.EndToEnd.Tests.Nats;
using Unarr.EndToEnd.Tests.Page;
using Xunit.Abstractions;

namespace Unarr.EndToEnd.Tests.Fleet;

/// <summary>What happens to the servers' disks and memory, as a node sees it: rows of <c>docs/cluster.md</c>.</summary>
[Collection(nameof(FleetTroubleTests))]
public sealed class ServerTroubleTests(ITestOutputHelper output)
{
    private const int Agents = 20;
    private const int MostRepeats = 5;

    private readonly ConcurrentQueue<string> _lines = [];

    [SkippableFact]
    public async Task Block_file_that_is_cut_on_one_server_loses_nothing_also_when_that_server_leads()
    {
        await using NatsCluster cluster = await NatsCluster.StartAsync();
        await using NatsNode one = await StartAsync(cluster.Urls, "one");
        Dictionary<string, List<string>> pushed = await PushAsync(one, 10);
        NatsServer leader = await cluster.LeaderAsync("KV_unarr_pending");
        NatsServer cut = cluster.Servers.First(server => server != leader);
        await cut.KillAsync();
        string[] blocks = Directory.GetFiles(
            Directory.GetDirectories(cut.Folder, "KV_unarr_pending", SearchOption.AllDirectories)[0], "*.blk", SearchOption.AllDirectories);
        Assert.NotEmpty(blocks);
        foreach (string block in blocks)
        {
            using FileStream file = new(block, FileMode.Open);
            file.SetLength(file.Length / 2);
        }

        cut.Start();
        await cluster.UntilReadyAsync();
        await LeadAsync(cluster, cut);

        await AssertThereAsync(one, pushed);
        await using NatsNode two = await StartAsync(cluster.Urls, "two");
        await AssertThereAsync(two, pushed);
    }

    [SkippableFact]
    public async Task Disk_that_is_full_stops_its_server_and_two_of_them_stop_the_pushes_until_there_is_room()
    {
        List<SmallDisk> disks = [];
        await using NatsCluster cluster = await NatsCluster.StartAsync(server =>
        {
            if (disks.Count < 2)
            {
                disks.Add(SmallDisk.Mount(Path.Combine(server.Folder, "store")));
                server.Disk = disks[^1];
            }
        });
        await using NatsNode one = await StartAsync(cluster.Urls, "one");
        Dictionary<string, List<string>> pushed = await PushAsync(one, 2);
        disks[0].Fill();
        Add(pushed, await PushAsync(one, 20, AddUntilKnownAsync));
        disks[1].Fill();
        ControlStoreException failure = await FillAsync(one, pushed);
        output.WriteLine($"two disks are full: {failure.Message}");
        disks.ForEach(disk => disk.Empty());
        foreach (NatsServer server in cluster.Servers.Take(2))
        {
            await server.KillAsync();
            server.Start();
        }

        await cluster.UntilReadyAsync();
        Add(pushed, await PushAsync(one, 1, AddUntilKnownAsync));
        await AssertThereAsync(one, pushed);
    }

    [SkippableFact]
    public async Task One_replica_is_warned_of_and_its_server_stops_the_pushes_until_it_is_back()
    {
        await using NatsServer server = await NatsServer.StartSingleAsync();
        await using NatsNode one = await StartAsync(server.Url, "one");
        Assert.Contains(_lines, line => line.Contains("fewer than 3", StringComparison.Ordinal));
        Dictionary<string, List<string>> pushed = await PushAsync(one, 1);
        await server.KillAsync();

        // The second one waits behind the first one.
        long start = Stopwatch.GetTimestamp();
        Task[] late = [AddAsync(one, "a1", "late"), AddAsync(one, "a1", "behind it")];
        foreach (Task push in late)
        {
            await Assert.ThrowsAsync<ControlStoreException>(() => push);
            Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 10);
        }

        Assert.Equal(pushed["a1"], (await one.Store.GetPendingAsync("a1", 0, 10, default)).Select(record => record.Control.Id));

        server.Start();
        await server.UntilReadyAsync();
        Add(pushed, await PushAsync(one, 1));
        await AssertThereAsync(one, pushed);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nodes_see_each_other_after_all_servers_have_restarted(bool areThree)
    {
        await using NatsCluster? cluster = areThree ? await NatsCluster.StartAsync() : null;
        await using NatsServer? single = areThree ? null : await NatsServer.StartSingleAsync();
        NatsServer[] servers = [.. cluster?.Servers ?? [single!]];
        string urls = cluster?.Urls ?? single!.Url;
        await using NatsNode one = await StartAsync(urls, "one");
        await using NatsConnection connection = new(new NatsOpts { Url = urls });
        for (int i = 0; i < 20; i++)
        {
            await ReportAsync(connection, agents: 1);
        }

        await UntilAsync(() => one.Fleet.Nodes.Any(node => node is { Name: "ghost", Agents: 1 }));
        await Task.WhenAll(servers.Select(server => server.KillAsync()));
        Array.ForEach(servers, server => server.Start());
        await Task.WhenAll(servers.Select(server => server.UntilReadyAsync()));

        await ReportAsync(connection, agents: 2);
        await UntilAsync(() => one.Fleet.Nodes.Any(node => node is { Name: "ghost", Agents: 2 }));
    }

    [SkippableFact]
    public async Task Bucket_of_nodes_that_was_made_again_is_read_from_its_beginning()
    {
        await using NatsServer server = await NatsServer.StartSingleAsync();
        await using NatsNode one = await StartAsync(server.Url, "one");
        await using NatsConnection connection = new(new NatsOpts { Url = server.Url });
        for (int i = 0; i < 100; i++)
        {
            await ReportAsync(connection, agents: 1);
        }

        await UntilAsync(() => one.Fleet.Nodes.Any(node => node is { Name: "ghost", Agents: 1 }));
        NatsJSContext jetStream = new(connection);
        INatsJSStream bucket = await jetStream.GetStreamAsync("KV_unarr_nodes");
        await jetStream.DeleteStreamAsync("KV_unarr_nodes");
        await jetStream.CreateStreamAsync(bucket.Info.Config);

        await ReportAsync(connection, agents: 2);
        await UntilAsync(() => one.Fleet.Nodes.Any(node => node is { Name: "ghost", Agents: 2 }));
    }

    [SkippableFact]
    public async Task Streams_that_were_backed_up_while_pushes_came_are_restored_to_another_server()
    {
        using CancellationTokenSource deadline = new(TimeSpan.FromMinutes(1));
        Dictionary<string, List<string>> pushed;
        Dictionary<string, StreamBackup> backups = [];
        await using (NatsServer server = await NatsServer.StartSingleAsync())
        {
            await using NatsNode one = await StartAsync(server.Url, "one");
            pushed = await PushAsync(one, 5);
            Task<Dictionary<string, List<string>>> going = PushAsync(one, 5);
            await using NatsConnection connection = new(new NatsOpts { Url = server.Url });
            await foreach (string stream in new NatsJSContext(connection).ListStreamNamesAsync(cancellationToken: deadline.Token))
            {
                backups.Add(stream, await StreamBackup.MakeAsync(connection, stream, deadline.Token));
            }

            await going;
        }

        await using NatsServer another = await NatsServer.StartSingleAsync();
        await using NatsConnection restoring = new(new NatsOpts { Url = another.Url });
        foreach ((string stream, StreamBackup backup) in backups)
        {
            await backup.RestoreAsync(restoring, stream, deadline.Token);
        }

        await using NatsNode two = await StartAsync(another.Url, "two", create: false);
        await AssertThereAsync(two, pushed);
        Add(pushed, await PushAsync(two, 1));
        await AssertThereAsync(two, pushed);
    }

    private static async Task ReportAsync(NatsConnection connection, int agents)
    {
        NatsJSContext jetStream = new(connection, new NatsJSOpts(connection.Opts, requestTimeout: TimeSpan.FromSeconds(1)));
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(30));
        while (true)
        {
            NatsResult<NATS.Client.JetStream.Models.PubAckResponse> result = await jetStream.TryPublishAsync(
                "$KV.unarr_nodes.ghost", $$"""{"name":"ghost","agents":{{agents}}}""", cancellationToken: patience.Token);
            if (result.Success && result.Value.Error is null)
            {
                return;
            }

            await Task.Delay(100, patience.Token);
        }
    }

    private async Task UntilAsync(Func<bool> condition)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start).TotalSeconds < 30, string.Join('\n', _lines));
            await Task.Delay(50);
        }
    }

    private async Task LeadAsync(NatsCluster cluster, NatsServer server)
    {
        await using NatsConnection connection = new(new NatsOpts { Url = cluster.Urls });
        int number = cluster.Servers.ToList().IndexOf(server) + 1;
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
        while (await cluster.LeaderAsync("KV_unarr_pending") != server)
        {
            try
            {
                await connection.RequestAsync<string, string>(
                    "$JS.API.STREAM.LEADER.STEPDOWN.KV_unarr_pending", $$$"""{"placement":{"preferred":"server-{{{number}}}"}}""",
                    cancellationToken: patience.Token);
            }
            catch (NatsException exception)
            {
                output.WriteLine($"not now: {exception.Message}");
            }

            await Task.Delay(500, patience.Token);
        }
    }

    private static Task<Dictionary<string, List<string>>> PushAsync(NatsNode node, int each) => PushAsync(node, each, AddAsync);

    private static async Task<Dictionary<string, List<string>>> PushAsync(
        NatsNode node, int each, Func<NatsNode, string, string, Task> add)
    {
        Dictionary<string, List<string>> pushed = [];
        for (int agent = 1; agent <= Agents; agent++)
        {
            pushed.Add($"a{agent}", []);
            for (int i = 0; i < each; i++)
            {
                string id = Guid.NewGuid().ToString("N");
                await add(node, $"a{agent}", id);
                pushed[$"a{agent}"].Add(id);
            }
        }

        return pushed;
    }

    /// <summary>Pushes until a push fails, and notes what was accepted.</summary>
    private static async Task<ControlStoreException> FillAsync(NatsNode node, Dictionary<string, List<string>> pushed)
    {
        for (int i = 0; i < 1000; i++)
        {
            string id = Guid.NewGuid().ToString("N");
            try
            {
                await AddAsync(node, "a1", id);
                pushed["a1"].Add(id);
            }
            catch (ControlStoreException exception)
            {
                return exception;
            }
        }

        throw new InvalidOperationException("No push has failed.");
    }

    private static void Add(Dictionary<string, List<string>> pushed, Dictionary<string, List<string>> further)
    {
        foreach ((string agent, List<string> ids) in further)
        {
            pushed[agent].AddRange(ids);
        }
    }

    private static async Task AddAsync(NatsNode node, string agent, string id) => Assert.Equal(
        PushStatus.Queued, (await node.Store.AddAsync([Record(agent, id)], 1024, default))[0].Status);

    /// <summary>A push whose outcome is not known is repeated, and has its first outcome then. The server whose disk is full may lead, and
    /// then takes longer than a push waits to leave that to another one; so may servers that have just restarted.</summary>
    private static async Task AddUntilKnownAsync(NatsNode node, string agent, string id)
    {
        for (int repeats = 0; ; repeats++)
        {
            try
            {
                Assert.Equal(PushStatus.Queued, (await node.Store.AddOnceAsync([Record(agent, id)], 1024, default))[0].Status);
                return;
            }
            catch (ControlStoreException) when (repeats < MostRepeats)
            {
                // As a client does that was answered 503.
            }
        }
    }

    private static ControlRecord Record(string agent, string id) => new()
    {
        AgentId = agent,
        Control = new Control("pause") { Id = id, PushedAt = DateTimeOffset.UnixEpoch },
        State = ControlState.Pending,
    };

    /// <summary>All that was accepted is pending, in order. A push without an answer may be there too.</summary>
    private static async Task AssertThereAsync(NatsNode node, Dictionary<string, List<string>> pushed)
    {
        foreach ((string agent, List<string> ids) in pushed)
        {
            Assert.NotEqual(0UL, await node.TryReadAsync(agent, default));
            HashSet<string> accepted = [.. ids];
            Assert.Equal(
                ids,
                (await node.Store.GetPendingAsync(agent, 0, 4096, default)).Select(record => record.Control.Id!).Where(accepted.Contains));
        }
    }

    private async Task<NatsNode> StartAsync(string urls, string name, bool create = true)
    {
        ILoggerFactory loggers = LoggerFactory.Create(logging => logging.AddProvider(new LineLog(_lines.Enqueue)));
        NatsNode node = new(
            new NatsSettings(urls, new NatsAgentHubOptions { Create = create, NodeName = name, MaxBytes = 4 * 1024 * 1024 }),
            new HubClock(TimeProvider.System), loggers);
        await node.StartAsync(default);
        return node;
    }
}
