using System.Text;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Testing;
using Xunit;

namespace Unarr.Pipelines.Tests.Sse;

/// <summary>Streams of every kind of line, read in small pieces that are there at once: behind many of them the reader foretells which
/// complete nothing.</summary>
public sealed class SseReaderCutTests
{
    private const int Streams = 3000;

    private static readonly int[] Largest = [1, 2, 3, 5, 16, 17, 40, 63, 64, 300, 5000];

    private static readonly string[] Begins =
    [
        "data: ", "data: ", "data: ", "data:", "data", "event: ", "id: ", ": ", ":", "retry: 12", "retry: ", "retry", "r", "x: ", " ",
        "\uFEFF",
    ];

    [Theory]
    [InlineData(SseDialect.Html)]
    [InlineData(SseDialect.Agent)]
    public async Task Frames_are_those_of_the_reference(SseDialect dialect)
    {
        Random random = new(19);
        for (int stream = 0; stream < Streams; stream++)
        {
            byte[] bytes = Stream(random);
            int line = random.Next(3) == 0 ? random.Next(16, 400) : 262_144;
            Bounds bounds = new() { MaxLineBytes = line, MaxEventBytes = random.Next(16, 2500) };
            int waitEvery = random.Next(2) * random.Next(8, 40);
            int bufferBytes = random.Next(3) == 0 ? random.Next(1, 400) : 65_536;
            List<Frame> expected = Reference.Read(bytes, dialect, bounds);
            Assert.Equal(expected, await Framing.StreamedAsync(Cut(random, bytes), dialect, bounds, bufferBytes, waitEvery));
        }
    }

    [Theory]
    [InlineData(SseDialect.Html)]
    [InlineData(SseDialect.Agent)]
    public async Task Each_frame_and_error_comes_with_the_read_that_completes_it(SseDialect dialect)
    {
        Random random = new(20);
        for (int stream = 0; stream < Streams; stream++)
        {
            byte[] bytes = Stream(random);
            List<ReadOnlyMemory<byte>> reads = [.. Cut(random, bytes)];
            Bounds bounds = new() { MaxLineBytes = random.Next(100, 900), MaxEventBytes = random.Next(16, 2500) };
            SseReaderOptions options = Bounds.Options(dialect, bounds);
            Assert.Equal(Framed(reads, options), await ReadAsync(reads, options));
        }
    }

    /// <summary>How many bytes the framer must have been given for each frame and for the error.</summary>
    private static List<long> Framed(List<ReadOnlyMemory<byte>> reads, SseReaderOptions options)
    {
        using var framer = new SseFramer(options);
        List<long> given = [];
        long bytes = 0;
        try
        {
            foreach (ReadOnlyMemory<byte> read in reads)
            {
                bytes += read.Length;
                framer.Append(read);
                Take();
            }

            framer.Complete();
            Take();
        }
        catch (SseException)
        {
            given.Add(bytes);
        }

        return given;

        void Take()
        {
            while (framer.TryRead(out _))
            {
                given.Add(bytes);
            }
        }
    }

    private static async Task<List<long>> ReadAsync(List<ReadOnlyMemory<byte>> reads, SseReaderOptions options)
    {
        long bytes = 0;
        IEnumerable<ReadOnlyMemory<byte>> counted = reads.Select(read =>
        {
            bytes += read.Length;
            return read;
        });
        await using var reader = new SseReader(new WaitingStream(counted, waitEvery: 0), options);
        List<long> given = [];
        try
        {
            while (await reader.WaitToReadAsync())
            {
                while (reader.TryRead(out _))
                {
                    given.Add(bytes);
                }
            }
        }
        catch (SseException)
        {
            given.Add(bytes);
        }

        return given;
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Cut(Random random, byte[] bytes)
    {
        int largest = Largest[random.Next(Largest.Length)];
        int[] sizes = [.. Enumerable.Range(0, 64).Select(_ => random.Next(4) == 0 ? random.Next(1, largest + 1) : largest)];
        return Framing.Split(bytes, sizes);
    }

    private static byte[] Stream(Random random)
    {
        string[] ends = random.Next(3) switch
        {
            0 => ["\n"],
            1 => ["\r\n"],
            _ => ["\n", "\r\n", "\r", "\r\r\n", "\n\r"],
        };
        StringBuilder text = new();
        int usual = random.Next(60);
        for (int line = random.Next(60); line > 0; line--)
        {
            if (random.Next(4) > 0)
            {
                int length = random.Next(9) == 0 ? random.Next(320) : usual;
                text.Append(Begins[random.Next(Begins.Length)]).Append((char)('a' + (line % 26)), random.Next(3) == 0 ? 0 : length);
            }

            text.Append(ends[random.Next(ends.Length)]);
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
