using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Unarr.Pipelines.Sse;

/// <summary>Finds line ends 64 bytes at a time: one bit for each byte of a block, set where a line ends.</summary>
internal static class LineIndex
{
    public const int BlockBytes = 64;

    private const int StretchBytes = 4 * BlockBytes;
    private const byte LineFeed = (byte)'\n';
    private const byte CarriageReturn = (byte)'\r';

    /// <summary>
    /// Finds the first block at or behind <paramref name="block"/> that holds a line end. Blocks lie at <paramref name="block"/> + n × 64;
    /// the last one may be short. A line that ends in CR LF ends at its LF.
    /// </summary>
    /// <returns>The block's mask, bit i for byte <paramref name="block"/> + i; 0 when no line ends any more.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Find(ReadOnlySpan<byte> bytes, ref int block, bool carriageReturns)
    {
        int at = block;
        while (bytes.Length - at >= BlockBytes)
        {
            ulong mask = Block(bytes[at..], carriageReturns);
            if (mask != 0)
            {
                block = at;
                return mask;
            }

            at += BlockBytes;
            if (at - block >= StretchBytes)
            {
                at += QuietBytes(bytes[at..]);
            }
        }

        block = at;
        return at >= bytes.Length ? 0 : ShortBlock(bytes[at..], carriageReturns);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Block(ReadOnlySpan<byte> bytes, bool carriageReturns)
    {
        ulong mask = Matches(bytes, LineFeed);
        if (carriageReturns)
        {
            ulong returns = Matches(bytes, CarriageReturn);
            if (returns != 0)
            {
                bool nextIsLineFeed = bytes.Length > BlockBytes && bytes[BlockBytes] == LineFeed;
                mask |= returns & ~((mask >> 1) | ((nextIsLineFeed ? 1UL : 0) << (BlockBytes - 1)));
            }
        }

        return mask;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong ShortBlock(ReadOnlySpan<byte> bytes, bool carriageReturns)
    {
        ulong mask = ShortMatches(bytes, LineFeed);
        return carriageReturns ? mask | (ShortMatches(bytes, CarriageReturn) & ~(mask >> 1)) : mask;
    }

    /// <summary>How many bytes in whole stretches hold no line end: a stretch is passed over when its smallest byte is above CR.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int QuietBytes(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        while (bytes.Length - at >= StretchBytes && IsQuiet(bytes.Slice(at, StretchBytes)))
        {
            at += StretchBytes;
        }

        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsQuiet(ReadOnlySpan<byte> bytes)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<byte> least = Vector512.Min(
                Vector512.Min(Vector512.Create(bytes), Vector512.Create(bytes[64..])),
                Vector512.Min(Vector512.Create(bytes[128..]), Vector512.Create(bytes[192..])));
            return Vector512.GreaterThanAll(least, Vector512.Create(CarriageReturn));
        }

        if (Vector256.IsHardwareAccelerated)
        {
            return Vector256.GreaterThanAll(Vector256.Min(Least256(bytes), Least256(bytes[128..])), Vector256.Create(CarriageReturn));
        }

        if (Vector128.IsHardwareAccelerated)
        {
            Vector128<byte> least = Vector128.Min(
                Vector128.Min(Least128(bytes), Least128(bytes[64..])),
                Vector128.Min(Least128(bytes[128..]), Least128(bytes[192..])));
            return Vector128.GreaterThanAll(least, Vector128.Create(CarriageReturn));
        }

        return false;
    }

    private static Vector256<byte> Least256(ReadOnlySpan<byte> bytes) => Vector256.Min(
        Vector256.Min(Vector256.Create(bytes), Vector256.Create(bytes[32..])),
        Vector256.Min(Vector256.Create(bytes[64..]), Vector256.Create(bytes[96..])));

    private static Vector128<byte> Least128(ReadOnlySpan<byte> bytes) => Vector128.Min(
        Vector128.Min(Vector128.Create(bytes), Vector128.Create(bytes[16..])),
        Vector128.Min(Vector128.Create(bytes[32..]), Vector128.Create(bytes[48..])));

    /// <summary>Which of the first 64 bytes have a value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Matches(ReadOnlySpan<byte> bytes, byte value)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            return Vector512.Equals(Vector512.Create(bytes), Vector512.Create(value)).ExtractMostSignificantBits();
        }

        if (Vector256.IsHardwareAccelerated)
        {
            return Matches256(bytes, value) | (ulong)Matches256(bytes[32..], value) << 32;
        }

        if (Vector128.IsHardwareAccelerated)
        {
            return Matches128(bytes, value)
                | (ulong)Matches128(bytes[16..], value) << 16
                | (ulong)Matches128(bytes[32..], value) << 32
                | (ulong)Matches128(bytes[48..], value) << 48;
        }

        return Scalar(bytes[..BlockBytes], value);
    }

    /// <summary>Which of fewer than 64 bytes have a value: overlapping vectors where one is not enough.</summary>
    private static ulong ShortMatches(ReadOnlySpan<byte> bytes, byte value)
    {
        if (Vector256.IsHardwareAccelerated && bytes.Length >= 32)
        {
            int last = bytes.Length - 32;
            return Matches256(bytes, value) | (ulong)Matches256(bytes[last..], value) << last;
        }

        if (Vector128.IsHardwareAccelerated && bytes.Length >= 16)
        {
            ulong mask = 0;
            int at = 0;
            for (; at < bytes.Length - 16; at += 16)
            {
                mask |= (ulong)Matches128(bytes[at..], value) << at;
            }

            int last = bytes.Length - 16;
            return mask | (ulong)Matches128(bytes[last..], value) << last;
        }

        return Scalar(bytes, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Matches256(ReadOnlySpan<byte> bytes, byte value) =>
        Vector256.Equals(Vector256.Create(bytes), Vector256.Create(value)).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Matches128(ReadOnlySpan<byte> bytes, byte value) =>
        Vector128.Equals(Vector128.Create(bytes), Vector128.Create(value)).ExtractMostSignificantBits();

    private static ulong Scalar(ReadOnlySpan<byte> bytes, byte value)
    {
        ulong mask = 0;
        for (int at = 0; at < bytes.Length; at++)
        {
            if (bytes[at] == value)
            {
                mask |= 1UL << at;
            }
        }

        return mask;
    }
}
