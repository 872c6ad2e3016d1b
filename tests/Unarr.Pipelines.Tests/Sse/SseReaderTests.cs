using System.IO.Pipelines;
using System.Text;
using Unarr.Pipelines.Sse;
using Unarr.Pipelines.Testing;
using Xunit;

namespace Unarr.Pipelines.Tests.Sse;

public class SseReaderTests
{
    private static readonly byte[] EventBytes = "data: a\n\n"u8.ToArray();
    private static readonly Frame EventFrame = Frame.Event("message", "a");

    [Fact]
    public async Task Every_frame_to_the_end_of_the_stream_is_given()
    {
        await using var reader = new SseReader(
            new ScriptedStream(": hb\nda"u8.ToArray(), "ta: a\r"u8.ToArray(), "\n\r\nretry: 5\n"u8.ToArray()));
        Assert.Equal([Frame.Comment(" hb"), EventFrame, Frame.Retry(5)], await Frames(reader));
        Assert.False(await reader.WaitToReadAsync());
        Assert.False(reader.TryRead(out _));
    }

    [Fact]
    public async Task Each_wait_makes_one_read_and_consumes_all_of_it()
    {
        var pipe = new CountingPipeReader([EventBytes, "data: b\n"u8.ToArray(), "\nda"u8.ToArray()]);
        await using var reader = new SseReader(pipe);
        for (int reads = 1; reads <= 3; reads++)
        {
            Assert.True(await reader.WaitToReadAsync());
            Assert.Equal(reads, pipe.Reads);
            while (reader.TryRead(out _))
            {
            }

            Assert.Equal(reads, pipe.Reads);
        }

        Assert.Empty(await Frames(reader));
        Assert.Equal(4, pipe.Reads);
        Assert.True(pipe.EveryReadWasConsumedWhole);
    }

    [Fact]
    public async Task Waiting_with_frames_untaken_does_not_read()
    {
        var pipe = new CountingPipeReader([EventBytes, EventBytes]);
        await using var reader = new SseReader(pipe);
        Assert.True(await reader.WaitToReadAsync());
        Assert.True(await reader.WaitToReadAsync());
        Assert.Equal(1, pipe.Reads);
        Assert.True(reader.TryRead(out SseFrame frame));
        Assert.Equal(EventFrame, Frame.Of(frame));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Failure_after_a_cancelled_pipe_read_gives_the_agent_dialects_last_line_first(bool cancelFirst)
    {
        var pipe = new Pipe();
        await using var reader = new SseReader(pipe.Reader, Bounds.Options(SseDialect.Agent));
        await pipe.Writer.WriteAsync("data: a\n\n: last"u8.ToArray());
        Assert.True(await reader.WaitToReadAsync());
        Assert.True(reader.TryRead(out _));
        Assert.False(reader.TryRead(out _));
        if (cancelFirst)
        {
            pipe.Reader.CancelPendingRead();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reader.WaitToReadAsync());
        }

        await pipe.Writer.CompleteAsync(new IOException("cut"));
        Assert.True(await reader.WaitToReadAsync());
        Assert.True(reader.TryRead(out SseFrame frame));
        Assert.Equal(Frame.Comment(" last"), Frame.Of(frame));
        Assert.Equal("cut", (await Assert.ThrowsAsync<IOException>(async () => await reader.WaitToReadAsync())).Message);
    }

    [Fact]
    public async Task Pipe_that_is_closed_while_it_is_waited_for_is_completed_and_tells_the_waiter()
    {
        var pipe = new Pipe(new PipeOptions(useSynchronizationContext: false));
        var completed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
#pragma warning disable CS0618 // The only way to hear of a reader's completion.
        pipe.Writer.OnReaderCompleted((_, _) => completed.SetResult(), null);
#pragma warning restore CS0618
        var reader = new SseReader(pipe.Reader);
        await pipe.Writer.WriteAsync("data: half"u8.ToArray());
        Assert.True(await reader.WaitToReadAsync());
        Assert.False(reader.TryRead(out _));
        Task<bool> waiting = reader.WaitToReadAsync().AsTask();
        await reader.DisposeAsync();
        await reader.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        await completed.Task;
        Assert.Equal(0, reader.HeldBytes);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await reader.WaitToReadAsync());
    }

    [Fact]
    public async Task Stream_that_is_closed_while_it_is_waited_for_ends_the_wait_with_its_failure_inside()
    {
        var stream = new ClosableStream("data: half"u8.ToArray());
        var reader = new SseReader(stream);
        Assert.True(await reader.WaitToReadAsync());
        Assert.False(reader.TryRead(out _));
        Task<bool> waiting = reader.WaitToReadAsync().AsTask();
        await reader.DisposeAsync();

        ObjectDisposedException closed = await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        Assert.Equal("closed under the read", closed.InnerException!.Message);
        Assert.Equal(0, reader.HeldBytes);
        Assert.Equal(1, stream.Closings);
    }

    [Fact]
    public async Task Cancelled_wait_keeps_the_reader_usable()
    {
        var pipe = new Pipe();
        await using var reader = new SseReader(pipe.Reader);
        await pipe.Writer.WriteAsync(EventBytes.AsMemory(0, 4));
        Assert.True(await reader.WaitToReadAsync());
        Assert.False(reader.TryRead(out _));
        using var cancellation = new CancellationTokenSource();
        ValueTask<bool> wait = reader.WaitToReadAsync(cancellation.Token);
        Assert.False(wait.IsCompleted);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await wait);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reader.WaitToReadAsync(cancellation.Token));
        await pipe.Writer.WriteAsync(EventBytes.AsMemory(4));
        await pipe.Writer.CompleteAsync();
        Assert.Equal([EventFrame], await Frames(reader));
    }

    [Fact]
    public async Task Cancelled_pending_read_keeps_the_reader_usable()
    {
        var pipe = new Pipe();
        await using var reader = new SseReader(pipe.Reader);
        ValueTask<bool> wait = reader.WaitToReadAsync();
        pipe.Reader.CancelPendingRead();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await wait);
        await pipe.Writer.WriteAsync(EventBytes);
        await pipe.Writer.CompleteAsync();
        Assert.Equal([EventFrame], await Frames(reader));
    }

    [Fact]
    public async Task Failed_stream_gives_the_frames_before_and_the_agents_last_line_and_then_the_error()
    {
        var stream = new ScriptedStream(EventBytes, ": tail"u8.ToArray()) { Failure = new IOException("reset") };
        await using var reader = new SseReader(stream, Bounds.Options(SseDialect.Agent));
        var frames = new List<Frame>();
        IOException error = await Assert.ThrowsAsync<IOException>(() => Read(reader, frames));
        Assert.Same(stream.Failure, error);
        Assert.Equal([EventFrame, Frame.Comment(" tail")], frames);
        Assert.Same(stream.Failure, await Assert.ThrowsAsync<IOException>(async () => await reader.WaitToReadAsync()));
    }

    [Fact]
    public async Task Failed_stream_in_Html_drops_the_last_line_and_gives_the_error()
    {
        await using var reader = new SseReader(new ScriptedStream(EventBytes, ": tail"u8.ToArray()) { Failure = new IOException("reset") });
        var frames = new List<Frame>();
        await Assert.ThrowsAsync<IOException>(() => Read(reader, frames));
        Assert.Equal([EventFrame], frames);
    }

    [Fact]
    public async Task Passed_bound_gives_the_frames_before_and_then_the_same_error_for_ever()
    {
        byte[] stream = "data: a\n\n:0123456789abcdef\ndata: b\n\n"u8.ToArray();
        await using var reader = new SseReader(new MemoryStream(stream), new SseReaderOptions { MaxLineBytes = 16 });
        var frames = new List<Frame>();
        Frame expected = Frame.Failure(SseError.LineTooLong, 16, 9);
        Assert.Equal(expected, Frame.Failure(await Assert.ThrowsAsync<SseException>(() => Read(reader, frames))));
        Assert.Equal([EventFrame], frames);
        Assert.Equal(expected, Frame.Failure(Assert.Throws<SseException>(() => reader.TryRead(out _))));
        Assert.Equal(expected, Frame.Failure(await Assert.ThrowsAsync<SseException>(async () => await reader.WaitToReadAsync())));
        Assert.Equal(expected, Frame.Failure(await Assert.ThrowsAsync<SseException>(() => Read(reader, frames))));
    }

    [Fact]
    public async Task Disposing_twice_completes_the_stream_and_is_harmless()
    {
        var stream = new ScriptedStream(EventBytes);
        var reader = new SseReader(stream);
        await reader.WaitToReadAsync();
        await reader.DisposeAsync();
        await reader.DisposeAsync();
        Assert.True(stream.IsDisposed);
        Assert.Throws<ObjectDisposedException>(() => reader.TryRead(out _));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await reader.WaitToReadAsync());
    }

    [Fact]
    public async Task Each_read_of_bytes_comes_behind_an_empty_one_that_waited_for_them()
    {
        var stream = new ScriptedStream(EventBytes, EventBytes);
        await using var reader = new SseReader(stream);
        Assert.Equal([EventFrame, EventFrame], await Frames(reader));
        Assert.Equal(0, stream.ReadSizes[0]);
        Assert.All(stream.ReadSizes.Index(), read => Assert.Equal(read.Index % 2 == 0, read.Item == 0));
    }

    [Fact]
    public async Task Behind_large_reads_in_a_row_bytes_are_asked_for_at_once_until_a_small_one_comes()
    {
        byte[] large = Encoding.ASCII.GetBytes(":" + new string('c', 4094) + "\n");
        var stream = new ScriptedStream(large, large, large, large, large, EventBytes, large);
        await using var reader = new SseReader(stream);
        Assert.Equal(7, (await Frames(reader)).Count);
        Assert.Equal([true, false, true, false, true, false, true, false, false, false, true, false, true, false],
            stream.ReadSizes.Select(size => size == 0));
    }

    [Fact]
    public async Task Waiting_reader_holds_no_buffer_and_of_an_event_only_what_has_come()
    {
        var stream = new PushedStream();
        await using var reader = new SseReader(stream);
        ValueTask<bool> wait = reader.WaitToReadAsync();
        foreach ((string part, int least, int most) in new[] { (": hb\n\ndata: a\n\n", 0, 0), ("event: command\ndata: hal", 13, 64),
            ("f\n\n", 0, 0) })
        {
            Assert.False(wait.IsCompleted);
            stream.Push(Encoding.ASCII.GetBytes(part));
            Assert.True(await wait);
            while (reader.TryRead(out _))
            {
                Assert.NotEqual(0, reader.HeldBytes);
            }

            wait = reader.WaitToReadAsync();
            Assert.InRange(reader.HeldBytes, least, most);
        }

        stream.Push(default);
        await wait;
        Assert.Empty(await Frames(reader));
        Assert.Equal(0, reader.HeldBytes);
    }

    [Fact]
    public void State_of_a_reader_is_under_a_kibibyte()
    {
        var stream = new PushedStream();
        new SseReader(stream).TryRead(out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        var reader = new SseReader(stream);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 1023);
        Assert.Equal(0, reader.HeldBytes);
    }

    [Fact]
    public async Task Event_that_straddles_reads_is_given_where_it_was_received_without_a_copy()
    {
        byte[] stream = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("event: command\ndata: 0123456789\n\n", 100)));
        await using var reader = new SseReader(new WaitingStream(Framing.Split(stream, [7]), waitEvery: 0));
        int events = 0;
        while (await reader.WaitToReadAsync())
        {
            while (reader.TryRead(out SseFrame frame))
            {
                events++;
                Assert.True(frame.IsEvent("command"u8) && frame.Data.SequenceEqual("0123456789"u8));
            }
        }

        Assert.Equal(100, events);
        Assert.Equal(0, reader.CopiedBytes);
    }

    [Fact]
    public async Task Long_event_whose_blank_line_comes_later_is_given_without_a_copy()
    {
        byte[] line = Encoding.ASCII.GetBytes($"data: {new string('x', 140_000)}\n");
        ReadOnlyMemory<byte>[] parts = [.. Framing.Split(line, [1460]), "\n"u8.ToArray()];
        IEnumerable<ReadOnlyMemory<byte>> stream = Enumerable.Repeat(parts, 5).SelectMany(static part => part);
        await using var reader = new SseReader(new WaitingStream(stream, waitEvery: 0));
        int events = 0;
        while (await reader.WaitToReadAsync())
        {
            while (reader.TryRead(out SseFrame frame))
            {
                events++;
                Assert.Equal(140_000, frame.Data.Length);
            }
        }

        Assert.Equal(5, events);
        Assert.Equal(0, reader.CopiedBytes);
    }

    [Fact]
    public void Missing_stream_is_refused() => Assert.Throws<ArgumentNullException>(() => new SseReader((Stream)null!));

    [Fact]
    public void Missing_pipe_is_refused() => Assert.Throws<ArgumentNullException>(() => new SseReader((PipeReader)null!));

    private static async Task<List<Frame>> Frames(SseReader reader)
    {
        var frames = new List<Frame>();
        await Read(reader, frames);
        return frames;
    }

    private static async Task Read(SseReader reader, List<Frame> frames)
    {
        while (await reader.WaitToReadAsync())
        {
            while (reader.TryRead(out SseFrame frame))
            {
                frames.Add(Frame.Of(frame));
            }
        }
    }

    /// <summary>Gives bytes once, and then waits until it is closed.</summary>
    private sealed class ClosableStream(byte[] bytes) : ReadStream
    {
        private readonly TaskCompletionSource<int> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _given;

        public int Closings { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_given)
            {
                return new ValueTask<int>(_closed.Task);
            }

            bytes.AsSpan(0, Math.Min(bytes.Length, buffer.Length)).CopyTo(buffer.Span);
            _given = buffer.Length > 0;
            return ValueTask.FromResult(Math.Min(bytes.Length, buffer.Length));
        }

        public override ValueTask DisposeAsync()
        {
            Closings++;
            _closed.TrySetException(new IOException("closed under the read"));
            return base.DisposeAsync();
        }
    }
}
