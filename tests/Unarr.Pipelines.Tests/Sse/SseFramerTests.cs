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
        Assert.Throws<InvalidOperationException>(() => framer.Append(EventBytes));
        Assert.Throws<InvalidOperationException>(() => framer.Append(new ReadOnlySequence<byte>(EventBytes)));
        Assert.Throws<InvalidOperationException>(framer.Complete);
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
        Assert.Throws<InvalidOperationException>(() => framer.Append(EventBytes));
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
