using Unarr.EndToEnd.Tests.Downlink;



namespace Unarr.EndToEnd.Tests.Hostile;

/// <summary>Streams that neither fail nor work: the long-poll covers beside them, and the next stream is tried.</summary>
public class StalledExchangeTests
{
    private const string Chunked = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    private const string HalfEvent = "event: command\ndata: {\"controls\":[{\"action\":\"pause\",\"taskId\":\"half\"}]}\n";

    private static readonly TimeSpan Drip = TimeSpan.FromMilliseconds(10);

    private static readonly Dictionary<string, Func<HostileExchange, Task>> Scripts = new()
    {
        ["accepts and never answers"] = exchange => exchange.HoldAsync(),
        ["drips its headers"] = exchange => exchange.DripAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Drip: ", Drip),
        ["drips a line that never ends"] = async exchange =>
        {
            await exchange.BeginStreamAsync();
            await exchange.DripAsync("data: x", Drip);
        },
        ["sends headers and nothing more"] = async exchange =>
        {
            await exchange.WriteAsync(Chunked);
            await exchange.HoldAsync();
        },
        ["stops in the middle of a chunk"] = async exchange =>
        {
            await exchange.WriteAsync($"{Chunked}1000\r\n: connected hb=1000\n\n{HalfEvent}");
            await exchange.HoldAsync();
        },
        ["stops in the middle of a chunk's size"] = async exchange =>
        {
            await exchange.WriteAsync($"{Chunked}16\r\n: connected hb=1000\n\n\r\n1");
            await exchange.HoldAsync();
        },
        ["closes in the middle of an event"] = async exchange =>
        {
            await exchange.BeginStreamAsync();
            await exchange.WriteAsync($": connected hb=1000\n\n{HalfEvent}");
        },
        ["closes in the middle of a chunk"] = exchange => exchange.WriteAsync($"{Chunked}1000\r\n: connected hb=1000\n\n{HalfEvent}"),
    };

    public static TheoryData<string> All => new(Scripts.Keys);

    [Theory]
    [MemberData(nameof(All))]
    public async Task Stream_that_stalls_is_covered_by_the_long_poll_and_then_by_the_next_stream(string what)
    {
        int streams = 0;
        TaskCompletionSource covered = new();
        await using HostileServer server = new();
        server.Events = async exchange =>
        {
            if (Interlocked.Increment(ref streams) == 1)
            {
                await Scripts[what](exchange);
                return;
            }

            await covered.Task;
            await exchange.BeginStreamAsync();
            await exchange.WriteAsync(
                ": connected hb=1000\n\nevent: command\ndata: {\"controls\":[{\"action\":\"pause\",\"taskId\":\"whole\"}]}\n\n");
            await exchange.HoldAsync();
        };
        await using RunningAgent agent = new(
            () => HostileClient.Key,
            [server.Address],
            options => options with { LivenessTimeout = TimeSpan.FromMilliseconds(500), FirstFrameGrace = TimeSpan.FromMilliseconds(50) },
            connectTimeout: TimeSpan.FromSeconds(1));

        await agent.UntilAsync(status => status.Routes.HasFlag(DownlinkRoutes.LongPoll));
        await agent.UntilCoveredAsync();
        covered.SetResult();

        Assert.Equal("whole", (await agent.ControlAsync()).Control.TaskId);
        Assert.DoesNotContain("half", agent.Applied);
        await agent.UntilCoveredAsync();
    }
}
