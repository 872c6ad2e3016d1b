using System.Buffers;
using System.Text;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Testing;
using Xunit;

namespace Unarr.Pipelines.Tests.Sse;

public class SseFramerTests
{
    private static readonly byte[] EventBytes = "data: a\n\n"u8.ToArray();
    private static readonly Bounds SmallLimits = new() { MaxLineBytes = 16, MaxEventBytes = 16 };

    [Fact]
    public void Sequence_with_empty_segments_everywhere_is_read_to_its_end()
    {
        ReadOnlyMemory<byte>[] segments = [default, default, EventBytes, default, default, EventBytes, default];
        Assert.Equal([Frame.Event("message", "a"), Frame.Event("message", "a")], Framing.Segmented(segments, SseDialect.Agent));
        Assert.Equal([], Framing.Segmented([default, default], SseDialect.Html));
        Assert.Equal([], Framing.Sequences([default, ReadOnlySequence<byte>.Empty], SseDialect.Html));
    }

    [Fact]
    public void Append_before_the_bytes_are_drained_is_refused_and_loses_nothing()
    {
        using var framer = new SseFramer();
        framer.Append(EventBytes);
        Assert.False(framer.IsDrained);
        const string Undrained = "Take every frame with TryRead before appending more bytes.";
        Assert.Equal(Undrained, Assert.Throws<InvalidOperationException>(() => framer.Append(EventBytes)).Message);
        Assert.Equal(
            Undrained, Assert.Throws<InvalidOperationException>(() => framer.Append(new ReadOnlySequence<byte>(EventBytes))).Message);
        Assert.Equal(
            "Take every frame with TryRead before completing the stream.",
            Assert.Throws<InvalidOperationException>(framer.Complete).Message);
        Assert.True(framer.TryRead(out SseFrame frame));
        Assert.Equal(Frame.Event("message", "a"), Frame.Of(frame));
        Assert.False(framer.TryRead(out _));
        Assert.True(framer.IsDrained);
        framer.Append(EventBytes);
    }

    [Fact]
    public void Append_after_complete_is_refused()
    {
        using var framer = new SseFramer();
        framer.Complete();
        Assert.Equal(
            "The stream was completed.", Assert.Throws<InvalidOperationException>(() => framer.Append(EventBytes)).Message);
        Assert.Throws<InvalidOperationException>(() => framer.Append(new ReadOnlySequence<byte>(EventBytes)));
        Assert.False(framer.TryRead(out _));
        framer.Complete();
        Assert.Throws<InvalidOperationException>(() => framer.Append(EventBytes));
        Assert.False(framer.TryRead(out _));
    }

    [Fact]
    public void Every_call_after_dispose_is_refused()
    {
        var framer = new SseFramer();
        framer.Append(EventBytes);
        framer.Dispose();
        framer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => framer.Append(EventBytes));
        Assert.Throws<ObjectDisposedException>(() => framer.TryRead(out _));
        Assert.Throws<ObjectDisposedException>(framer.Complete);
        Assert.Equal(0, framer.HeldBytes);
    }

    [Fact]
    public void Every_call_after_a_passed_bound_reports_the_same_error()
    {
        using var framer = new SseFramer(Bounds.Options(SseDialect.Agent, SmallLimits));
        framer.Append(": ok\n0123456789abcdef"u8.ToArray());
        Assert.True(framer.TryRead(out _));
        Frame expected = Frame.Failure(SseError.LineTooLong, 16, 5);
        for (int call = 0; call < 2; call++)
        {
            Assert.Equal(expected, Frame.Failure(Assert.Throws<SseException>(() => framer.TryRead(out _))));
            Assert.Equal(expected, Frame.Failure(Assert.Throws<SseException>(() => framer.Append(EventBytes))));
            Assert.Equal(expected, Frame.Failure(Assert.Throws<SseException>(framer.Complete)));
        }

        Assert.Equal(0, framer.HeldBytes);
    }

    [Theory]
    [InlineData(": 0123456789abcdef", "The line at offset 9 of the event stream passed the bound of 16 bytes a line.")]
    [InlineData("data:012345678\ndata:9abcdefg\n", "The data line at offset 24 of the event stream passed the bound of 16 bytes an event.")]
    public void Passed_bound_is_told_with_its_line_and_its_place(string lines, string message)
    {
        using var framer = new SseFramer(Bounds.Options(SseDialect.Html, SmallLimits));
        framer.Append(Encoding.ASCII.GetBytes("data: a\n\n" + lines));
        Assert.True(framer.TryRead(out _));
        Assert.Equal(message, Assert.Throws<SseException>(() => framer.TryRead(out _)).Message);
    }

    [Fact]
    public void Only_what_is_still_needed_of_bytes_that_are_given_up_is_copied()
    {
        using var framer = new SseFramer();
        framer.Append("id: 7\nevent: tt\ndata: abc\ndat"u8.ToArray());
        Assert.False(framer.TryRead(out _));
        Assert.Equal("7".Length + "tt".Length + "abc".Length + "dat".Length, framer.CopiedBytes);
        long before = framer.CopiedBytes;
        framer.Append("a: d\n"u8.ToArray());
        Assert.False(framer.TryRead(out _));
        Assert.Equal("a: d".Length + "\nd".Length, framer.CopiedBytes - before);
        before = framer.CopiedBytes;
        framer.Append("\ndata: whole\n\n"u8.ToArray());
        Assert.True(framer.TryRead(out SseFrame frame));
        Assert.Equal(Frame.Event("tt", "abc\nd", "7"), Frame.Of(frame));
        Assert.True(framer.TryRead(out _));
        Assert.Equal("7".Length, framer.CopiedBytes - before);
    }

    [Theory]
    [InlineData(1460, 1, 1.5)]
    [InlineData(64, 1, 1.5)]
    [InlineData(1460, 100, 2.5)]
    public void Long_event_in_small_pieces_is_copied_not_much_more_than_once_and_of_several_lines_than_twice(
        int piece, int lines, double times)
    {
        byte[] line = Encoding.ASCII.GetBytes($"data: {new string('x', (200_000 / lines) - 7)}\n");
        byte[] bytes = [.. Enumerable.Repeat(line, lines).SelectMany(static each => each), (byte)'\n'];
        using var framer = new SseFramer();
        int events = 0;
        foreach (ReadOnlyMemory<byte> read in Framing.Split(bytes, [piece]))
        {
            framer.Append(read);
            while (framer.TryRead(out _))
            {
                events++;
            }
        }

        Assert.Equal(1, events);
        Assert.InRange(framer.CopiedBytes, 200_000, times * bytes.Length);
        Assert.InRange(framer.HeldBytes, 0, 4 * bytes.Length);
    }

    [Fact]
    public void One_line_event_that_lies_whole_in_the_read_is_a_slice_of_it()
    {
        byte[] read = Encoding.ASCII.GetBytes("event: t\ndata: slice\n\n");
        using var framer = new SseFramer();
        framer.Append(read);
        Assert.True(framer.TryRead(out SseFrame frame));
        Assert.True(frame.Data.Overlaps(read));
        Assert.True(frame.EventType.Overlaps(read));
        Assert.True(frame.IsEvent("t"u8));
        Assert.False(frame.IsEvent("message"u8));
        Assert.True(frame.Comment.IsEmpty);
        Assert.Equal(TimeSpan.Zero, frame.ReconnectionInterval);
    }

    [Fact]
    public void Carriage_return_ends_its_line_without_waiting_for_the_next_byte()
    {
        using var framer = new SseFramer();
        framer.Append("data: now\r\r"u8.ToArray());
        Assert.True(framer.TryRead(out SseFrame frame));
        Assert.Equal(Frame.Event("message", "now"), Frame.Of(frame));
        Assert.False(framer.TryRead(out _));
        framer.Append("\nevent: e\r"u8.ToArray());
        Assert.False(framer.TryRead(out _));
        // Taken for a blank line, this LF would end the event.
        framer.Append("\ndata: next\r\n\r"u8.ToArray());
        Assert.True(framer.TryRead(out frame));
        Assert.Equal(Frame.Event("e", "next"), Frame.Of(frame));
    }

    [Fact]
    public void Comment_is_given_at_once_and_does_not_disturb_the_event_around_it()
    {
        using var framer = new SseFramer(Bounds.Options(SseDialect.Agent));
        framer.Append("event: e\ndata: a\n: hb \n"u8.ToArray());
        Assert.True(framer.TryRead(out SseFrame frame));
        Assert.Equal(Frame.Comment(" hb "), Frame.Of(frame));
        Assert.False(framer.TryRead(out _));
        framer.Append("data: b\n\n"u8.ToArray());
        Assert.True(framer.TryRead(out frame));
        Assert.Equal(Frame.Event("e", "a\nb"), Frame.Of(frame));
    }
}
