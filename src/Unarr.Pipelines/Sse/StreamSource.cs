using System.Buffers;
using System.Runtime.CompilerServices;

namespace Unarr.Pipelines.Sse;

/// <summary>Reads a stream for a framer into one pooled buffer, in which an event may straddle reads,
/// and holds none while it waits.</summary>
internal sealed class StreamSource(Stream stream, SseFramer framer, int bufferBytes, bool leaveOpen) : ByteSource(framer)
{
    // Behind so many reads of so many bytes, and behind so many that completed at once, more are to be expected at once: the stream is
    // asked for them right away, not first whether there are some, which costs an HTTP connection a small read and a copy each time.
    private const int LargeBytes = 2 * 1024;
    private const int LargeReadsInARow = 4;
    private const int ReadsAtOnceInARow = 8;

    // Of fewer bytes than this it is asked whether they can complete a frame before the framer is: that costs a tenth.
    private const int FewBytes = 4 * 1024;

    private const int MostBytes = 1 << 30;

    // Of a buffer that has grown, so little is moved at any time.
    private const int CheapPart = 4;

    // With less room than this what is needed of the buffer is moved to its front or to a larger one.
    private readonly int _leastRoom = Math.Max(bufferBytes / 8, 1);
    private readonly int _usualCapacity = bufferBytes;

    private byte[]? _buffer;
    private int _capacity = bufferBytes;

    // Where the bytes that the framer holds begin, up to where they were handed in, and up to where the buffer is filled.
    private int _origin;
    private int _handedIn;
    private int _filled;

    // What is foretold of the bytes not handed in, and up to where no line ends in them, where one does.
    private LineOutlook _outlook;
    private int? _quiet;
    private bool _reading;
    private int _largeReads;
    private int _readsAtOnce;

    public override int HeldBytes => _buffer?.Length ?? 0;

    public override ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        if (!Framer.HoldsSegment)
        {
            (_filled, _handedIn) = (0, 0);
        }

        try
        {
            if (IsCheaperToMoveNow())
            {
                MakeRoom();
            }

            return ReadFrame(Framer.Room, cancellationToken);
        }
        catch
        {
            HandInQuietly();
            throw;
        }
    }

    /// <summary>Whether a long line has ended and little of what has come is still needed: it would be moved when there is more.</summary>
    private bool IsCheaperToMoveNow() =>
        _capacity > _usualCapacity && _filled > _capacity / 2 && Framer.NeededBytes < _capacity / CheapPart;

    /// <summary>Reads once; behind many reads that completed at once until a frame may be complete, a bound decides,
    /// the stream ends or a read has to wait.</summary>
    private ValueTask<bool> ReadFrame(int room, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_capacity - _filled < _leastRoom)
            {
                room -= _filled - _handedIn;
                MakeRoom();
            }

            if (_largeReads < LargeReadsInARow && _readsAtOnce < ReadsAtOnceInARow)
            {
                // A read of no bytes is complete when there are some.
                ValueTask<int> ready = stream.ReadAsync(Memory<byte>.Empty, cancellationToken);
                if (!ready.IsCompletedSuccessfully)
                {
                    HandInQuietly();
                    return WaitAndReadAsync(ready, cancellationToken);
                }

                ready.GetAwaiter().GetResult();
            }

            ValueTask<int> read = Read(cancellationToken);
            if (!read.IsCompletedSuccessfully)
            {
                HandInQuietly();
                return HandInAsync(read);
            }

            int bytes = read.Result;
            _readsAtOnce++;
            _largeReads = bytes >= LargeBytes ? _largeReads + 1 : 0;
            if (_readsAtOnce < ReadsAtOnceInARow || bytes is 0 or >= FewBytes || _filled - _handedIn + bytes >= room
                || !CompleteNothing(bytes))
            {
                return new ValueTask<bool>(TryHandIn(bytes));
            }

            _reading = false;
            _filled += bytes;
        }
    }

    /// <summary>Whether no frame comes of bytes that were read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool CompleteNothing(int bytes)
    {
        if (bytes == 1 && _buffer![_filled] > '\r')
        {
            return true;
        }

        ReadOnlySpan<byte> read = _buffer.AsSpan(_filled, bytes);
        if (bytes >= LineIndex.BlockBytes)
        {
            return LineIndex.IsQuiet(read);
        }

        ulong ends = LineIndex.ShortEnds(read, Framer.EndsAtCarriageReturn);
        return ends == 0 || EndNothing(ends, bytes);
    }

    private bool EndNothing(ulong ends, int bytes)
    {
        // Two in a row: most probably the end of an event.
        if ((ends & (ends << 1)) != 0)
        {
            return false;
        }

        if (_outlook.IsUnknown)
        {
            _outlook.Begin(Framer.CurrentLine);
        }

        _quiet ??= _filled;
        return _outlook.EndNothing(_buffer.AsSpan(_handedIn, _filled + bytes - _handedIn), _filled - _handedIn, ends);
    }

    /// <summary>Hands bytes to the framer that complete nothing.</summary>
    private void HandInQuietly()
    {
        if (_filled > _handedIn)
        {
            HandIn();
            Framer.TryTake();
        }
    }

    /// <summary>Hands in what was filled since.</summary>
    private void HandIn()
    {
        if (!Framer.HoldsSegment)
        {
            _origin = _handedIn;
        }

        int quiet = _quiet ?? _filled;
        _handedIn = _filled;
        _quiet = null;
        _outlook.Forget();
        Framer.Extend(new ReadOnlyMemory<byte>(_buffer, _origin, _filled - _origin), quiet - _origin);
    }

    /// <summary>Moves the line that has not ended to the buffer's front, or to a larger buffer where it fills more than half.</summary>
    private void MakeRoom()
    {
        HandInQuietly();
        int line = _capacity < MostBytes ? Framer.BeginMove() : 0;
        if (line == 0)
        {
            Framer.LetGo();
            (_filled, _handedIn) = (0, 0);
            return;
        }

        byte[] buffer = _buffer!;
        if (line > _capacity / 2)
        {
            _capacity *= 2;
            _buffer = ArrayPool<byte>.Shared.Rent(_capacity);
        }

        buffer.AsSpan(_filled - line, line).CopyTo(_buffer);
        (_origin, _filled, _handedIn) = (0, line, line);
        Framer.EndMove(_buffer.AsMemory(0, line));
        if (!ReferenceEquals(buffer, _buffer))
        {
            Return(buffer);
        }
    }

    public override void ReleaseBuffer()
    {
        byte[]? buffer = _buffer;
        (_buffer, _capacity, _filled, _handedIn) = (null, _usualCapacity, 0, 0);
        if (buffer is not null)
        {
            Return(buffer);
        }
    }

    private void Return(byte[] buffer)
    {
        // A read that has not come back may still write to its buffer.
        if (!_reading)
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
        _readsAtOnce = 0;
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
        _largeReads = bytes >= LargeBytes ? _largeReads + 1 : 0;
        return TryHandIn(bytes);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> HandInAsync(ValueTask<int> read)
    {
        _readsAtOnce = 0;
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
        _largeReads = bytes >= LargeBytes ? _largeReads + 1 : 0;
        return TryHandIn(bytes);
    }

    private ValueTask<int> Read(CancellationToken cancellationToken)
    {
        _buffer ??= ArrayPool<byte>.Shared.Rent(_capacity);
        _reading = true;
        return stream.ReadAsync(new Memory<byte>(_buffer, _filled, _capacity - _filled), cancellationToken);
    }

    private bool TryHandIn(int bytes)
    {
        _reading = false;
        int before = _filled;
        _filled += bytes;
        if (_filled > _handedIn)
        {
            _quiet ??= before;
            HandIn();
        }

        return bytes > 0;
    }
}
