using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Unarr.Agents.Hub.Nats;
using Unarr.Agents.Hub.Signals;
using Unarr.EndToEnd.Tests.Middleboxes;
using Unarr.EndToEnd.Tests.Page;

namespace Unarr.EndToEnd.Tests.Nats;

/// <summary>What a node's log says of how its servers sync.</summary>
public sealed class ServerMonitorTests
{
    [SkippableTheory]
    [InlineData("always", "sync: always", false)]
    [InlineData("2m", "sync: every 120 s", true)]
    public async Task Servers_that_are_asked_say_how_they_sync(string sync, string said, bool warns)
    {
        await using NatsServer server = await NatsServer.StartSingleAsync(sync);

        string[] lines = await LinesAsync(server, server.Monitor);

        Assert.Contains(lines, line => line.Contains(said, StringComparison.Ordinal));
        Assert.Equal(warns, Array.Exists(lines, line => line.Contains("set sync_interval: always", StringComparison.Ordinal)));
    }

    [SkippableFact]
    public async Task Server_that_may_lose_most_is_what_the_line_says()
    {
        await using NatsServer server = await NatsServer.StartSingleAsync();
        await using NatsServer other = await NatsServer.StartSingleAsync("10s");

        string[] lines = await LinesAsync(server, $"{server.Monitor}, {other.Monitor}");

        Assert.Contains(lines, line => line.Contains("sync: every 10 s", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Monitor_that_does_not_answer_leaves_it_unknown()
    {
        await using NatsServer server = await NatsServer.StartSingleAsync();
        using LoopbackPort nobody = new();

        string[] lines = await LinesAsync(server, $"{server.Monitor},{nobody.Address}");

        Assert.Contains(lines, line => line.Contains("sync: unknown", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("nats://10.0.0.1:8222")]
    [InlineData("10.0.0.1:8222")]
    [InlineData("http://user:secret@10.0.0.1:8222")]
    public void Address_that_is_not_one_of_a_monitor_is_refused(string address) => Assert.Throws<ArgumentException>(
        () => new NatsSettings("nats://10.0.0.1:4222", new NatsAgentHubOptions { MonitorAddresses = address }));

    private static async Task<string[]> LinesAsync(NatsServer server, string monitors)
    {
        ConcurrentQueue<string> lines = [];
        using ILoggerFactory loggers = LoggerFactory.Create(logging => logging.AddProvider(new LineLog(lines.Enqueue)));
        await using NatsNode node = new(
            new NatsSettings(server.Url, new NatsAgentHubOptions { Create = true, MonitorAddresses = monitors }),
            new HubClock(TimeProvider.System), loggers);
        await node.StartAsync(default);
        return [.. lines];
    }
}
