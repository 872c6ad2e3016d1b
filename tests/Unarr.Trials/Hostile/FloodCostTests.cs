using System.Diagnostics;
using System.Text;
using Unarr.Pipelines.Sse;
using Xunit.Abstractions;

namespace Unarr.EndToEnd.Tests.Hostile;

/// <summary>What a flood of frames costs an agent, beside what it costs to frame it.</summary>
public class FloodCostTests(ITestOutputHelper output)
{
    /// <summary>Generous: an agent also reads from a socket, and processors differ from one minute to the next.</summary>
    private const double MostTimesFraming = 5;

    private const int FramedBytes = 50_000_000;

    // What an agent that does nothing else needs to start, compiled as it goes, on a busy machine.
    private static readonly TimeSpan MostToStart = TimeSpan.FromSeconds(0.8);

    [SkippableTheory]
    [InlineData(": hb\n")]
    [InlineData("data: x\n\n")]
    [InlineData("event: x\ndata: {\"a\":1}\n\n")]
    public async Task Flood_of_frames_costs_little_more_than_framing_it(string frame)
    {
        Needs.Linux();
        var flooding = new TaskCompletionSource<HostileExchange>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using HostileServer server = new();
        server.Events = async exchange =>
        {
            await exchange.BeginStreamAsync();
            flooding.TrySetResult(exchange);
            await exchange.FloodAsync(frame);
        };
        await using AttackedAgent agent = new(server.Address);
        HostileExchange flood = await flooding.Task.WaitAsync(TimeSpan.FromMinutes(1));
        await agent.WatchAsync(IdleAgent.Watched);
        TimeSpan used = agent.UserTime;
        long bytes = flood.BytesWritten;

        TimeSpan framing = await FramingAsync(frame) * ((double)bytes / FramedBytes);
        output.WriteLine($"{bytes / 1e6:0} MB: {used.TotalSeconds:0.00} s, framing alone {framing.TotalSeconds:0.00} s");
        Assert.InRange(used, TimeSpan.Zero, MostToStart + (MostTimesFraming * framing));
    }

    private static async Task<TimeSpan> FramingAsync(string frame)
    {
        byte[] unit = Encoding.UTF8.GetBytes(frame);
        byte[] stream = new byte[FramedBytes];
        for (int at = 0; at + unit.Length <= stream.Length; at += unit.Length)
        {
            unit.CopyTo(stream, at);
        }

        long start = Stopwatch.GetTimestamp();
        await using SseReader reader = new(new MemoryStream(stream), new SseReaderOptions { Dialect = SseDialect.Agent });
        while (await reader.WaitToReadAsync())
        {
            while (reader.TryRead(out _))
            {
            }
        }

        return Stopwatch.GetElapsedTime(start);
    }
}
