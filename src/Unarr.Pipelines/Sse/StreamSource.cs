using System.Buffers;
using System.Runtime.CompilerServices;

namespace Unarr.Pipelines.Sse;

/// <summary>Reads a stream for a framer into one pooled buffer, in which an event may straddle reads,
/// and holds none while it waits.</summary>
internal sealed class StreamSource(Stream stream, SseFramer framer, int bufferBytes, bool leaveOpen) : ByteSource(framer)
{
    // Behind so many reads of so many bytes more are to be expected at once: the stream is asked for them right away, not first whether
    // there are some, which costs an HTTP connection a small read and a copy each time.
    private const int LargeBytes = 2 * 1024;
    private const int LargeReadsInARow = 4;

    // With less room than this the buffer is begun anew: what is needed of it is copied.
    private readonly int _leastRoom = Math.Max(bufferBytes / 8, 1);

    private byte[]? _buffer;
    private int _filled;
    private bool _reading;
    private int _largeReads;

    public override int HeldBytes => _buffer?.Length ?? 0;

    public override ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        if (!Framer.HoldsSegment)
        {
            _filled = 0;
        }
        else if (bufferBytes - _filled < _leastRoom)
        {
            Framer.LetGo();
            _filled = 0;
        }

        if (_largeReads < LargeReadsInARow)
        {
            // A read of no bytes is complete when there are some.
            ValueTask<int> ready = stream.ReadAsync(Memory<byte>.Empty, cancellationToken);
            if (!ready.IsCompletedSuccessfully)
            {
                return WaitAndReadAsync(ready, cancellationToken);
            }

            ready.GetAwaiter().GetResult();
        }

        ValueTask<int> read = Read(cancellationToken);
        return read.IsCompletedSuccessfully ? new ValueTask<bool>(TryHandIn(read.Result)) : HandInAsync(read);
    }

    public override void ReleaseBuffer()
    {
        byte[]? buffer = _buffer;
        (_buffer, _filled) = (null, 0);
        // A read that has not come back may still write to its buffer.
        if (buffer is not null && !_reading)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    protected override ValueTask EndAsync(bool waits) => leaveOpen ? ValueTask.CompletedTask : stream.DisposeAsync();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> WaitAndReadAsync(ValueTask<int> ready, CancellationToken cancellationToken)
    {
        Framer.LetGo();
        Framer.ReleaseSpareArrays();
        ReleaseBuffer();
        BeginWait();
        int bytes = 0;
        Exception? failure = null;
        try
        {
            await ready.ConfigureAwait(false);
            // Closed meanwhile, it takes nothing more from a stream that stays open.
            bytes = IsClosed ? 0 : await Read(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        EndWait(failure);
        return TryHandIn(bytes);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> HandInAsync(ValueTask<int> read)
    {
        BeginWait();
        int bytes = 0;
        Exception? failure = null;
        try
        {
            bytes = await read.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        EndWait(failure);
        return TryHandIn(bytes);
    }

    private ValueTask<int> Read(CancellationToken cancellationToken)
    {
        _buffer ??= ArrayPool<byte>.Shared.Rent(bufferBytes);
        _reading = true;
        return stream.ReadAsync(_buffer.AsMemory(_filled, bufferBytes - _filled), cancellationToken);
    }

    private bool TryHandIn(int bytes)
    {
        _reading = false;
        if (bytes == 0)
        {
            return false;
        }

        _filled += bytes;
        _largeReads = bytes >= LargeBytes ? _largeReads + 1 : 0;
        Framer.Extend(_buffer.AsMemory(0, _filled));
        return true;
    }
}
