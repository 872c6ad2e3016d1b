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

    // Of fewer bytes than this it is asked whether a line ends in them before the framer is: that costs a tenth.
    private const int FewBytes = 4 * 1024;

    private const int MostBytes = 1 << 30;

    // With less room than this what is needed of the buffer is moved to its front or to a larger one.
    private readonly int _leastRoom = Math.Max(bufferBytes / 8, 1);
    private readonly int _usualCapacity = bufferBytes;

    private byte[]? _buffer;
    private int _capacity = bufferBytes;

    // Where the bytes that the framer holds begin, up to where they were handed in, and up to where the buffer is filled.
    private int _origin;
    private int _handedIn;
    private int _filled;
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
            return ReadLine(Framer.LineRoom, cancellationToken);
        }
        catch
        {
            HandInQuietly();
            throw;
        }
    }

    /// <summary>Reads once; behind many reads that completed at once until a line ends, the line is as long as it may be,
    /// the stream ends or a read has to wait.</summary>
    private ValueTask<bool> ReadLine(int lineRoom, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_capacity - _filled < _leastRoom)
            {
                lineRoom -= _filled - _handedIn;
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
            if (_readsAtOnce < ReadsAtOnceInARow || !IsQuiet(bytes) || _filled - _handedIn + bytes >= lineRoom)
            {
                return new ValueTask<bool>(TryHandIn(bytes));
            }

            _reading = false;
            _filled += bytes;
        }
    }

    /// <summary>Whether bytes that were read are few and end no line: no frame comes of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsQuiet(int bytes) => bytes == 1
        ? _buffer![_filled] is not ((byte)'\n' or (byte)'\r')
        : bytes is > 0 and < FewBytes && !_buffer.AsSpan(_filled, bytes).ContainsAny((byte)'\n', (byte)'\r');

    /// <summary>Hands bytes to the framer that end no line.</summary>
    private void HandInQuietly()
    {
        if (_filled > _handedIn)
        {
            HandIn(quiet: _filled);
            Framer.TryTake();
        }
    }

    /// <summary>Hands in what was filled since.</summary>
    /// <param name="quiet">Up to where no line ends behind what was handed in.</param>
    private void HandIn(int quiet)
    {
        if (!Framer.HoldsSegment)
        {
            _origin = _handedIn;
        }

        _handedIn = _filled;
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
        int quiet = _filled;
        _filled += bytes;
        if (_filled > _handedIn)
        {
            HandIn(quiet);
        }

        return bytes > 0;
    }
}
