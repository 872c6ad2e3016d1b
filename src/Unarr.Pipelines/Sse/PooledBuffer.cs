using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;

namespace Unarr.Pipelines.Sse;

/// <summary>A growing run of bytes in a pooled array that never becomes larger than the bound it is given.</summary>
internal struct PooledBuffer
{
    private const int ManyBytes = 4096;
    private const int VeryManyBytes = 128 * 1024;

    private byte[]? _array;
    private bool _pooled;

    public int Length { get; set; }

    public readonly int Capacity => _array?.Length ?? 0;

    public readonly ReadOnlySpan<byte> Span => new(_array, 0, Length);

    /// <summary>How many bytes were ever copied in.</summary>
    public long Copied { get; set; }

    /// <summary>Bytes of the array, also of what was cleared since.</summary>
    public readonly ReadOnlySpan<byte> Slice(int start, int length) => new(_array, start, length);

    /// <summary>The bytes as text, for a thread that the buffer may change under: it then is any text, and no error.</summary>
    public readonly string GetTextAtAnyTime()
    {
        byte[]? array = _array;
        return array is null ? "" : Encoding.UTF8.GetString(array, 0, Math.Min(Length, array.Length));
    }

    /// <summary>Forgets the bytes and keeps the array: what was handed out stays readable until the next append.</summary>
    public void Clear() => Length = 0;

    public void Append(ReadOnlySpan<byte> bytes, int bound) => bytes.CopyTo(Extend(bytes.Length, bound));

    /// <summary>Makes room.</summary>
    /// <param name="filled">How many bytes at the beginning are kept.</param>
    /// <param name="needed">How many there must be room for.</param>
    /// <param name="bound">The most that there is room for.</param>
    /// <returns>The room.</returns>
    public Span<byte> Reserve(int filled, int needed, int bound)
    {
        if (needed > Capacity)
        {
            int length = Length;
            Length = needed;
            Grow(filled, bound);
            Length = length;
        }

        return _array.AsSpan(0, Math.Min(Capacity, bound));
    }

    public void Replace(ReadOnlySpan<byte> bytes, int bound)
    {
        Length = 0;
        Append(bytes, bound);
    }

    /// <summary>Keeps some of the bytes, moved to the front.</summary>
    public void Keep(int start, int length)
    {
        _array.AsSpan(start, length).CopyTo(_array);
        Copied += length;
        Length = length;
    }

    /// <summary>Takes over another buffer's array with the bytes in it.</summary>
    public void TakeOver(ref PooledBuffer other)
    {
        Release();
        (_array, _pooled, Length) = (other._array, other._pooled, other.Length);
        (other._array, other._pooled, other.Length) = (null, false, 0);
    }

    /// <summary>Gives the array back to its pool.</summary>
    public void Release()
    {
        byte[]? array = _array;
        bool pooled = _pooled;
        (_array, _pooled, Length) = (null, false, 0);
        if (pooled)
        {
            ArrayPool<byte>.Shared.Return(array!);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Span<byte> Extend(int by, int bound)
    {
        int at = Length;
        Length = at + by;
        Copied += by;
        if (Length > Capacity)
        {
            Grow(at, bound);
        }

        return _array.AsSpan(at, by);
    }

    private void Grow(int kept, int bound)
    {
        // Where much has come more is to be expected: it is not to be copied at each step.
        int times = Length >= VeryManyBytes ? 4 : Length >= ManyBytes ? 2 : 1;
        long most = Math.Min(BitOperations.RoundUpToPowerOf2((uint)Length) * (long)times, 1L << BitOperations.Log2((uint)bound));
        int length = (int)Math.Max(Length, most);
        // The pool's arrays are powers of two: where that would pass the bound, an exact array serves.
        bool pooled = BitOperations.RoundUpToPowerOf2((uint)length) <= (uint)bound;
        byte[] array = pooled ? ArrayPool<byte>.Shared.Rent(length) : GC.AllocateUninitializedArray<byte>(bound);
        _array.AsSpan(0, kept).CopyTo(array);
        Copied += kept;
        int grown = Length;
        Release();
        (_array, _pooled, Length) = (array, pooled, grown);
    }
}
