using System.Buffers;
using Unarr.Pipelines.Sse;

namespace Unarr.Pipelines.Testing;

/// <summary>All frames that the framer gives for a stream that is handed in in one way or another; an error is the last frame.</summary>
public static class Framing
{
    public static List<Frame> Whole(byte[] stream, SseDialect dialect, Bounds? limits = null) =>
        Reads([stream], dialect, limits);

    /// <summary>Hands the stream in <paramref name="size"/> bytes at a time.</summary>
    public static List<Frame> Chunked(byte[] stream, int size, SseDialect dialect, Bounds? limits = null) =>
        Reads(Split(stream, [size]), dialect, limits);

    public static List<Frame> Reads(IEnumerable<ReadOnlyMemory<byte>> reads, SseDialect dialect, Bounds? limits = null) =>
        Sequences(reads.Select(read => new ReadOnlySequence<byte>(read)), dialect, limits);

    /// <summary>Hands the stream in as one sequence of several segments.</summary>
    public static List<Frame> Segmented(IEnumerable<ReadOnlyMemory<byte>> segments, SseDialect dialect, Bounds? limits = null) =>
        Sequences([Segment.Sequence(segments)], dialect, limits);

    public static List<Frame> Sequences(IEnumerable<ReadOnlySequence<byte>> reads, SseDialect dialect, Bounds? limits = null)
    {
        using var framer = new SseFramer(Bounds.Options(dialect, limits));
        var frames = new List<Frame>();
        try
        {
            foreach (ReadOnlySequence<byte> read in reads)
            {
                framer.Append(read);
                Drain(framer, frames);
            }

            framer.Complete();
            Drain(framer, frames);
        }
        catch (SseException failure)
        {
            frames.Add(Frame.Failure(failure));
        }

        return frames;
    }

    public static void Drain(SseFramer framer, List<Frame> frames)
    {
        while (framer.TryRead(out SseFrame frame))
        {
            frames.Add(Frame.Of(frame));
        }
    }

    /// <summary>Cuts a stream into reads of the given sizes, which are gone through again and again;
    /// a size of 0 is an empty read.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Split(byte[] stream, int[] sizes)
    {
        int at = 0;
        for (int read = 0; at < stream.Length; read++)
        {
            // A round of nothing but empty reads would not end.
            int size = sizes.All(each => each == 0) ? stream.Length : Math.Min(sizes[read % sizes.Length], stream.Length - at);
            yield return stream.AsMemory(at, size);
            at += size;
        }
    }

    /// <summary>The frames that a reader over a stream gives.</summary>
    /// <param name="reads">What the stream gives in each read, as far as the buffer has room.</param>
    /// <param name="dialect">How it is read.</param>
    /// <param name="limits">Its bounds.</param>
    /// <param name="bufferBytes">The reader's buffer.</param>
    /// <param name="waitEvery">Which reads wait before they are complete: each so-manieth; 0 for none.</param>
    public static async Task<List<Frame>> StreamedAsync(
        IEnumerable<ReadOnlyMemory<byte>> reads, SseDialect dialect, Bounds? limits = null, int bufferBytes = 64 * 1024, int waitEvery = 0)
    {
        var frames = new List<Frame>();
        await using var reader = new SseReader(new WaitingStream(reads, waitEvery), Bounds.Options(dialect, limits), bufferBytes);
        try
        {
            while (await reader.WaitToReadAsync())
            {
                while (reader.TryRead(out SseFrame frame))
                {
                    frames.Add(Frame.Of(frame));
                }
            }
        }
        catch (SseException failure)
        {
            frames.Add(Frame.Failure(failure));
        }

        return frames;
    }
}
