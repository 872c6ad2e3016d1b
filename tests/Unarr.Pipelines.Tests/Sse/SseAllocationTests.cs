using System.Buffers;
using System.Text;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Testing;
using Xunit;

namespace Unarr.Pipelines.Tests.Sse;

/// <summary>Runs by itself: other tests rent from the same shared array pool, and what they hold would have to be allocated here.</summary>
[CollectionDefinition(nameof(SseAllocationTests), DisableParallelization = true)]
[Collection(nameof(SseAllocationTests))]
public class SseAllocationTests
{
    private const int Events = 100_000;

    private static readonly byte[] EventStream = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(
        "id: 17\r\nevent: command\r\ndata: {\"a\":1}\r\ndata: second\r\n\r\n: hb\r\nretry: 2000\r\n\r\ndata: one line\r\n\r\n",
        50)));

    [Theory]
    [InlineData(SseDialect.Agent, 5000)]
    [InlineData(SseDialect.Html, 5000)]
    [InlineData(SseDialect.Agent, 13)]
    [InlineData(SseDialect.Html, 13)]
    public void Events_in_reads_allocate_nothing(SseDialect dialect, int readBytes) =>
        AssertAllocatesNothing(dialect, [.. Framing.Split(EventStream, [readBytes]).Select(read => new ReadOnlySequence<byte>(read))]);

    [Theory]
    [InlineData(SseDialect.Agent)]
    [InlineData(SseDialect.Html)]
    public void Events_in_sequences_of_segments_allocate_nothing(SseDialect dialect) =>
        AssertAllocatesNothing(dialect, [Segment.Sequence(Framing.Split(EventStream, [29]))]);

    [Theory]
    [InlineData(SseDialect.Agent, 5000)]
    [InlineData(SseDialect.Html, 5000)]
    [InlineData(SseDialect.Agent, 13)]
    [InlineData(SseDialect.Html, 13)]
    public async Task Reads_of_a_stream_allocate_nothing(SseDialect dialect, int readBytes)
    {
        await using var reader = new SseReader(new RepeatedStream(EventStream, readBytes), dialect);
        ReadEvents(reader, Events / 10);
        Assert.Equal(0, ReadEvents(reader, Events));
    }

    private static long ReadEvents(SseReader reader, int least)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int events = 0; events < least;)
        {
            ValueTask<bool> wait = reader.WaitToReadAsync();
            if (!wait.IsCompletedSuccessfully || !wait.Result)
            {
                throw new InvalidOperationException("The stream never ends and never waits.");
            }

            while (reader.TryRead(out SseFrame frame))
            {
                events += frame.IsEvent("command"u8) || frame.IsEvent("message"u8) ? 1 : 0;
            }
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static void AssertAllocatesNothing(SseDialect dialect, ReadOnlySequence<byte>[] reads)
    {
        using var framer = new SseFramer(Bounds.Options(dialect));
        ReadEvents(framer, reads, Events / 10);
        long before = GC.GetAllocatedBytesForCurrentThread();
        int events = ReadEvents(framer, reads, Events);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(events, Events, Events + 100);
        Assert.Equal(0, allocated);
    }

    private static int ReadEvents(SseFramer framer, ReadOnlySequence<byte>[] reads, int least)
    {
        int events = 0;
        while (events < least)
        {
            foreach (ReadOnlySequence<byte> read in reads)
            {
                framer.Append(read);
                while (framer.TryRead(out SseFrame frame))
                {
                    events += frame.IsEvent("command"u8) || frame.IsEvent("message"u8) ? 1 : 0;
                }
            }
        }

        return events;
    }
}
