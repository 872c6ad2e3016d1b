using System.Buffers;
using System.Text;
using FsCheck;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Testing;

namespace Unarr.Pipelines.Fuzz;

public class FramerProperties
{
    [Many(20_000)]
    public bool Frames_do_not_depend_on_where_the_reads_were_cut(StreamCase stream) =>
        Framing.Reads(stream.Reads, stream.Dialect, stream.Limits).SequenceEqual(stream.Whole);

    [Many(20_000)]
    public bool One_sequence_of_segments_gives_the_frames_of_one_segment(StreamCase stream) =>
        Framing.Segmented(stream.Reads, stream.Dialect, stream.Limits).SequenceEqual(stream.Whole);

    [Many(40_000)]
    public bool Frames_and_error_offsets_are_those_of_the_reference(StreamCase stream) =>
        stream.Whole.SequenceEqual(stream.Expected);

    [Many(20_000)]
    public bool Random_bytes_never_throw_but_for_a_bound_and_give_the_frames_of_the_reference(RandomBytes random) =>
        Framing.Reads(random.Case.Reads, random.Case.Dialect, random.Case.Limits).SequenceEqual(random.Case.Expected);

    [Many(10_000)]
    public bool A_line_is_refused_exactly_when_it_counts_more_than_the_bound(EdgeCase edge)
    {
        List<Frame> frames = Framing.Chunked(edge.Stream, edge.ReadSize, edge.Dialect, edge.Limits);
        bool markIsInTheLine = edge.Dialect == SseDialect.Agent && edge.Before.Length == 0;
        int beyond = edge.Delta + (markIsInTheLine ? edge.Mark.Length : 0);
        Frame? last = frames.LastOrDefault();
        return beyond > 0
            ? last == Frame.Failure(SseError.LineTooLong, edge.Bound, markIsInTheLine ? 0 : edge.Head.Length)
            : last?.Error == null;
    }

    [Many(10_000)]
    public bool An_event_is_refused_exactly_when_its_joined_data_passes_the_bound(SmallPieces pieces)
    {
        List<Frame> frames = Framing.Chunked(pieces.Stream, pieces.ReadSize, pieces.Dialect, pieces.Limits);
        return frames.SequenceEqual([pieces.Expected]);
    }

    [Many(10_000)]
    public bool Memory_held_never_passes_four_lines_and_an_event(StreamCase stream)
    {
        long bound = (4L * stream.Limits.MaxLineBytes) + stream.Limits.MaxEventBytes;
        using var framer = new SseFramer(Bounds.Options(stream.Dialect, stream.Limits));
        bool held = true;
        try
        {
            foreach (ReadOnlyMemory<byte> read in stream.Reads)
            {
                framer.Append(read);
                while (framer.TryRead(out _))
                {
                    held &= framer.HeldBytes <= bound;
                }

                held &= framer.HeldBytes <= bound;
            }
        }
        catch (SseException)
        {
            held &= framer.HeldBytes == 0;
        }

        return held;
    }

    [Many(5_000)]
    public async Task<bool> The_reader_gives_the_frames_of_the_framer(StreamCase stream)
    {
        var frames = new List<Frame>();
        await using var reader = new SseReader(
            System.IO.Pipelines.PipeReader.Create(Segment.Sequence(stream.Reads)), Bounds.Options(stream.Dialect, stream.Limits));
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

        return frames.SequenceEqual(stream.Whole);
    }

    [Many(20_000)]
    public async Task<bool> The_reader_over_a_stream_gives_the_frames_and_error_offsets_of_the_framer(
        StreamCase stream, PositiveInt buffer, NonNegativeInt waits)
    {
        // Buffers so small that events straddle reads, stay in the buffer, outgrow it and are begun in the next one.
        List<Frame> frames = await Framing.StreamedAsync(
            stream.Reads, stream.Dialect, stream.Limits, bufferBytes: 1 + (buffer.Get % 700), waitEvery: waits.Get % 5);
        return frames.SequenceEqual(stream.Whole);
    }

    [Many(20_000)]
    public bool What_the_writer_writes_the_framer_reads_back_and_the_rest_the_writer_refuses(Message message)
    {
        var output = new ArrayBufferWriter<byte>();
        try
        {
            message.Write(new SseWriter(output, message.Dialect));
        }
        catch (ArgumentException)
        {
            return !message.IsExpressible && output.WrittenCount == 0;
        }

        return message.IsExpressible && Framing.Whole(output.WrittenSpan.ToArray(), message.Dialect).SequenceEqual([message.Expected]);
    }

    [Many(10_000)]
    public bool What_the_writer_writes_as_comments_the_framer_reads_back(Message message)
    {
        var output = new ArrayBufferWriter<byte>();
        try
        {
            new SseWriter(output, message.Dialect).WriteComment(Encoding.Latin1.GetBytes(message.Data));
        }
        catch (ArgumentException)
        {
            return message.Dialect == SseDialect.Agent && message.Data.EndsWith('\r') && output.WrittenCount == 0;
        }

        return Framing.Whole(output.WrittenSpan.ToArray(), message.Dialect).SequenceEqual(message.Joined.Split('\n').Select(Frame.Comment));
    }
}
