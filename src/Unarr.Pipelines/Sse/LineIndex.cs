using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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
    /// Finds the first block at or behind <paramref name="next"/> that holds a line end. Blocks lie at <paramref name="next"/> + n × 64;
    /// the last one may be short. A line that ends in CR LF ends at its LF.
    /// </summary>
    /// <param name="origin">The segment's first byte.</param>
    /// <param name="length">The segment's length.</param>
    /// <param name="next">Where to begin; afterwards where the block behind the one found begins.</param>
    /// <param name="block">Where the block found begins.</param>
    /// <returns>The block's mask, bit i for byte <paramref name="block"/> + i; 0 when no line ends any more.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong NextEnds<TLines>(ref byte origin, nint length, ref nint next, out nint block)
        where TLines : struct, ILines
    {
        nint at = next;
        if (length - at >= BlockBytes)
        {
            ulong ends = Ends<TLines>(ref Unsafe.Add(ref origin, at), length - at > BlockBytes);
            if (ends != 0)
            {
                block = at;
                next = at + BlockBytes;
                return ends;
            }

            at += BlockBytes;
            nint quiet = at + StretchBytes;
            while (length - at >= BlockBytes)
            {
                ends = Ends<TLines>(ref Unsafe.Add(ref origin, at), length - at > BlockBytes);
                if (ends != 0)
                {
                    block = at;
                    next = at + BlockBytes;
                    return ends;
                }

                at += BlockBytes;
                if (at >= quiet)
                {
                    while (length - at >= StretchBytes && IsQuiet(ref Unsafe.Add(ref origin, at)))
                    {
                        at += StretchBytes;
                    }
                }
            }
        }

        // The last bytes are the end of a block that lies whole in the segment; a segment shorter than that was indexed as it began.
        block = at;
        next = at + BlockBytes;
        nint left = length - at;
        return left <= 0 ? 0
            : Ends<TLines>(ref Unsafe.Add(ref origin, length - BlockBytes), goesOn: false) >> (BlockBytes - (int)left);
    }

    /// <summary>Whether no line ends in these bytes, CR or LF.</summary>
    public static bool IsQuiet(ReadOnlySpan<byte> bytes)
    {
        ref byte first = ref MemoryMarshal.GetReference(bytes);
        int quiet = 0;
        while (bytes.Length - quiet >= StretchBytes && IsQuiet(ref Unsafe.Add(ref first, quiet)))
        {
            quiet += StretchBytes;
        }

        // The last bytes are the end of a stretch that lies whole in them.
        return (quiet > 0 && bytes.Length - quiet < StretchBytes && IsQuiet(ref Unsafe.Add(ref first, bytes.Length - StretchBytes)))
            || !bytes[quiet..].ContainsAny(LineFeed, CarriageReturn);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Ends<TLines>(ref byte block, bool goesOn)
        where TLines : struct, ILines
    {
        ulong ends = Matches(ref block, LineFeed);
        if (!TLines.IsAgent)
        {
            // Whether a block has a CR at all is not asked: with CRLF nobody could foretell the answer.
            ulong lone = Matches(ref block, CarriageReturn) & ~(ends >> 1);
            if (lone != 0)
            {
                ends |= goesOn && Unsafe.Add(ref block, BlockBytes) == LineFeed ? lone & long.MaxValue : lone;
            }
        }

        return ends;
    }

    /// <summary>The line ends in fewer than 64 bytes that nothing follows.</summary>
    public static ulong ShortEnds(ReadOnlySpan<byte> bytes, bool carriageReturns)
    {
        if (!Vector128.IsHardwareAccelerated || bytes.Length < 16)
        {
            ulong feeds = Scalar(bytes, LineFeed);
            return carriageReturns ? feeds | (Scalar(bytes, CarriageReturn) & ~(feeds >> 1)) : feeds;
        }

        // Overlapping vectors where one is not enough.
        ref byte first = ref MemoryMarshal.GetReference(bytes);
        int last = bytes.Length - 16;
        ulong ends = Matches128(ref Unsafe.Add(ref first, last), LineFeed);
        ulong returns = carriageReturns ? Matches128(ref Unsafe.Add(ref first, last), CarriageReturn) : 0UL;
        (ends, returns) = (ends << last, returns << last);
        for (int at = 0; at < last; at += 16)
        {
            ends |= (ulong)Matches128(ref Unsafe.Add(ref first, at), LineFeed) << at;
            returns |= carriageReturns ? (ulong)Matches128(ref Unsafe.Add(ref first, at), CarriageReturn) << at : 0;
        }

        return ends | (returns & ~(ends >> 1));
    }

    /// <summary>Whether 256 bytes hold no line end: the smallest of them is above CR. They may hold none all the same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsQuiet(ref byte stretch)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<byte> least = Vector512.Min(
                Vector512.Min(Vector512.LoadUnsafe(ref stretch), Vector512.LoadUnsafe(ref stretch, 64)),
                Vector512.Min(Vector512.LoadUnsafe(ref stretch, 128), Vector512.LoadUnsafe(ref stretch, 192)));
            return Vector512.GreaterThanAll(least, Vector512.Create(CarriageReturn));
        }

        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<byte> least = Vector256.Min(Least256(ref stretch), Least256(ref Unsafe.Add(ref stretch, 128)));
            return Vector256.GreaterThanAll(least, Vector256.Create(CarriageReturn));
        }

        if (Vector128.IsHardwareAccelerated)
        {
            Vector128<byte> least = Vector128.Min(
                Vector128.Min(Least128(ref stretch), Least128(ref Unsafe.Add(ref stretch, 64))),
                Vector128.Min(Least128(ref Unsafe.Add(ref stretch, 128)), Least128(ref Unsafe.Add(ref stretch, 192))));
            return Vector128.GreaterThanAll(least, Vector128.Create(CarriageReturn));
        }

        return false;
    }

    private static Vector256<byte> Least256(ref byte bytes) => Vector256.Min(
        Vector256.Min(Vector256.LoadUnsafe(ref bytes), Vector256.LoadUnsafe(ref bytes, 32)),
        Vector256.Min(Vector256.LoadUnsafe(ref bytes, 64), Vector256.LoadUnsafe(ref bytes, 96)));

    private static Vector128<byte> Least128(ref byte bytes) => Vector128.Min(
        Vector128.Min(Vector128.LoadUnsafe(ref bytes), Vector128.LoadUnsafe(ref bytes, 16)),
        Vector128.Min(Vector128.LoadUnsafe(ref bytes, 32), Vector128.LoadUnsafe(ref bytes, 48)));

    /// <summary>Which of 64 bytes have a value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Matches(ref byte block, byte value)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            return Vector512.Equals(Vector512.LoadUnsafe(ref block), Vector512.Create(value)).ExtractMostSignificantBits();
        }

        if (Vector256.IsHardwareAccelerated)
        {
            return Matches256(ref block, value) | (ulong)Matches256(ref Unsafe.Add(ref block, 32), value) << 32;
        }

        if (Vector128.IsHardwareAccelerated)
        {
            return Matches128(ref block, value)
                | (ulong)Matches128(ref Unsafe.Add(ref block, 16), value) << 16
                | (ulong)Matches128(ref Unsafe.Add(ref block, 32), value) << 32
                | (ulong)Matches128(ref Unsafe.Add(ref block, 48), value) << 48;
        }

        return Scalar(MemoryMarshal.CreateReadOnlySpan(ref block, BlockBytes), value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Matches256(ref byte bytes, byte value) =>
        Vector256.Equals(Vector256.LoadUnsafe(ref bytes), Vector256.Create(value)).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Matches128(ref byte bytes, byte value) =>
        Vector128.Equals(Vector128.LoadUnsafe(ref bytes), Vector128.Create(value)).ExtractMostSignificantBits();

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
