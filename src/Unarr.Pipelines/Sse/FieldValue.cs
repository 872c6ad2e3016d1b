using System.Runtime.CompilerServices;

namespace Unarr.Pipelines.Sse;

/// <summary>A field's value while its event is being read: a slice of the segment under the framer, or a copy that outlives it.</summary>
internal struct FieldValue
{
    // Below it a copy costs less than a rented array.
    private const int LeastToTakeOver = 1024;

    private PooledBuffer _buffer;
    private int _start;
    private Place _place;

    private enum Place : byte
    {
        None,
        Segment,
        Buffer,
    }

    public readonly bool IsSet => _place != Place.None;

    public int Length { get; private set; }

    /// <summary>How many bytes of the current segment it takes.</summary>
    public readonly int InSegment => _place == Place.Segment ? Length : 0;

    public readonly int Capacity => _buffer.Capacity;

    public readonly long Copied => _buffer.Copied;

    /// <summary>Takes bytes of the current segment, without a copy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Set(int start, int length)
    {
        _start = start;
        Length = length;
        _place = Place.Segment;
    }

    /// <summary>Takes a copy of bytes that are not in the current segment.</summary>
    public void Set(ReadOnlySpan<byte> bytes, int bound)
    {
        _buffer.Replace(bytes, bound);
        SetBuffer(0, bytes.Length);
    }

    /// <summary>Takes bytes of a line that was carried, with its array where that is cheaper than a copy and within the bound.</summary>
    public void Set(ref PooledBuffer carry, int start, int length, int bound)
    {
        if (length >= LeastToTakeOver && carry.Capacity <= bound)
        {
            _buffer.TakeOver(ref carry);
            SetBuffer(start, length);
        }
        else
        {
            Set(carry.Span.Slice(start, length), bound);
        }
    }

    /// <summary>Appends a line feed and a further piece to a value that is set.</summary>
    public void Join(ReadOnlySpan<byte> piece, ReadOnlySpan<byte> segment, int bound)
    {
        int filled = Length;
        int after = filled + piece.Length + 1;
        Span<byte> line = BeginJoin(segment, filled, after, bound)[filled..after];
        line[0] = (byte)'\n';
        piece.CopyTo(line[1..]);
        EndJoin(after);
    }

    /// <summary>Copies a value that is set to where there is room to join pieces to it.</summary>
    /// <param name="segment">The current segment.</param>
    /// <param name="filled">How long the value is, with what was joined to it since.</param>
    /// <param name="needed">How long it will be at least.</param>
    /// <param name="bound">How long it may be.</param>
    /// <returns>The room, at most the bound; the value is at its beginning.</returns>
    public Span<byte> BeginJoin(ReadOnlySpan<byte> segment, int filled, int needed, int bound)
    {
        Keep(segment, bound);
        if (_start != 0)
        {
            _buffer.Keep(_start, Length);
            _start = 0;
        }

        Length = filled;
        return _buffer.Reserve(filled, needed, bound);
    }

    /// <summary>Takes what was joined in the room of <see cref="BeginJoin"/>.</summary>
    public void EndJoin(int filled)
    {
        _buffer.Copied += filled - _buffer.Length;
        _buffer.Length = filled;
        Length = filled;
    }

    /// <summary>Copies what still lies in the segment, which is about to be given up.</summary>
    public void Keep(ReadOnlySpan<byte> segment, int bound)
    {
        if (_place == Place.Segment)
        {
            Set(segment.Slice(_start, Length), bound);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ReadOnlySpan<byte> Span(ReadOnlySpan<byte> segment) =>
        _place == Place.Segment ? segment.Slice(_start, Length) : _buffer.Slice(_start, Length);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Reset()
    {
        _place = Place.None;
        Length = 0;
    }

    /// <summary>Gives an array that holds nothing back to its pool.</summary>
    public void ReleaseIfUnset()
    {
        if (_place != Place.Buffer)
        {
            _buffer.Release();
        }
    }

    public void Release()
    {
        Reset();
        _buffer.Release();
    }

    private void SetBuffer(int start, int length)
    {
        _start = start;
        Length = length;
        _place = Place.Buffer;
    }
}
