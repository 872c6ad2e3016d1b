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

    // An allocation for an event or a read shows in each round. What the runtime makes once, when it has compiled a method again or begins
    // a thread's statics, shows in one: on a busy machine in a late one.
    private const int Rounds = 4;

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
        await using var reader = new SseReader(new RepeatedStream(EventStream, readBytes), Bounds.Options(dialect));
        ReadEvents(reader, Events / 10);
        Assert.Equal(0, Least(() => ReadEvents(reader, Events)));
    }

    [Theory]
    [InlineData(SseDialect.Agent, 30)]
    [InlineData(SseDialect.Html, 30)]
    [InlineData(SseDialect.Agent, 3000)]
    [InlineData(SseDialect.Html, 3000)]
    public void Events_written_allocate_nothing(SseDialect dialect, int length)
    {
        var output = new ArrayBufferWriter<byte>(64 * 1024);
        var writer = new SseWriter(output, dialect);
        string text = new string('d', length) + "\n\u00E9";
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        WriteEvents(writer, output, bytes, text, dialect);
        Assert.Equal(0, Least(() => WriteEvents(writer, output, bytes, text, dialect)));
    }

    /// <summary>What the round allocated that allocated least, on this thread.</summary>
    private static long Least(Action round)
    {
        long least = long.MaxValue;
        for (int rounds = 0; rounds < Rounds && least > 0; rounds++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            round();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }

    private static void WriteEvents(SseWriter writer, ArrayBufferWriter<byte> output, byte[] bytes, string text, SseDialect dialect)
    {
        bool hasIds = dialect == SseDialect.Html;
        for (int events = 0; events < Events / 10; events++)
        {
            writer.WriteEvent(bytes, "command"u8, hasIds ? "17"u8 : default);
            writer.WriteEvent(text, "command", hasIds ? "17" : default);
            writer.WriteComment(" hb"u8);
            if (hasIds)
            {
                writer.WriteLastEventId("18"u8);
                writer.WriteRetry(TimeSpan.FromSeconds(events));
            }

            output.ResetWrittenCount();
        }
    }

    private static void ReadEvents(SseReader reader, int least)
    {
        int events = 0;
        while (events < least)
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
    }

    private static void AssertAllocatesNothing(SseDialect dialect, ReadOnlySequence<byte>[] reads)
    {
        using var framer = new SseFramer(Bounds.Options(dialect));
        ReadEvents(framer, reads, Events / 10);
        int events = 0;
        Assert.Equal(0, Least(() => events = ReadEvents(framer, reads, Events)));
        Assert.InRange(events, Events, Events + 100);
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
