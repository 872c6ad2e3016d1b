using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Unarr.Pipelines.Sse;

/// <summary>The hot loops of events of several lines: copy plain data lines into one buffer while they look for their ends.</summary>
/// <remarks>
/// <para>They are loops of their own, since joining in <see cref="PlainLines"/> costs every other event a tenth. They lay their blocks
/// anew at each line: lines of one length then take the same branches, which saves a third of the time. One finds several events, which
/// saves a third once more; the other goes on with an event that is long or was cut.</para>
/// <para>They read and write without bounds checks. A line is looked at where <see cref="LeastLeft"/> bytes are left in the segment, and a
/// block is read where it lies whole in it; of a value at most <see cref="LongestValue"/> bytes and one block are written, for which
/// there is room.</para>
/// </remarks>
internal static class JoinedLines
{
    private const int BlockBytes = 32;

    // Longer ones are found by their end first, and copied at once.
    private const int LongestValue = 8 * BlockBytes;

    // The name, and one block behind it.
    private const int LeastLeft = 8 + BlockBytes;

    /// <summary>The most that events found together have, with a line feed for each line.</summary>
    public const int MostRoom = 8192;

    // For a line to be joined without a look at what is left.
    private const int LeastRoom = LongestValue + BlockBytes;

    private const byte LineFeed = (byte)'\n';
    private const byte CarriageReturn = (byte)'\r';

    /// <summary>Whether events can be found together where lines and events have this bound.</summary>
    public static bool HasRoom(int bound) => bound > 2 * LeastRoom;

    /// <summary>Whether an event that was begun goes on with a further data line, and is not one of long lines.</summary>
    public static bool IsAtFurtherLine(ReadOnlySpan<byte> segment, in LineWalk walk, in FoundFrame begun) =>
        begun.Length <= LongestValue && segment.Length - walk.Start >= LeastLeft
            && PlainLines.DataName(ref Unsafe.Add(ref MemoryMarshal.GetReference(segment), walk.Start)) > 0;

    /// <summary>Finds events of several lines, which are joined one behind the other in one buffer.</summary>
    /// <param name="segment">The bytes.</param>
    /// <param name="joined">The buffer: more than <see cref="LeastRoom"/> bytes are free in it behind the value that is begun.</param>
    /// <param name="frames">Room for the frames; the first one is begun, its value in the segment.</param>
    /// <param name="walk">The line to go on at; no line is carried.</param>
    /// <param name="longest">The number of bytes, its end not counted, that a line must have fewer of.</param>
    /// <param name="begin">Where the data of an event that is not complete begin in the buffer.</param>
    /// <param name="filled">Where they end; less than <paramref name="begin"/> when none is begun.</param>
    /// <returns>How many were found.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static int FindEvents<TLines>(
        ReadOnlySpan<byte> segment, Span<byte> joined, Span<FoundFrame> frames, ref LineWalk walk, int longest, out int begin,
        out int filled)
        where TLines : struct, ILines
    {
        ref byte origin = ref MemoryMarshal.GetReference(segment);
        ref byte room = ref MemoryMarshal.GetReference(joined);
        nint most = joined.Length - LeastRoom;
        nint start = walk.Start;
        nint first = 0;
        nint at = frames[0].Length;
        int lines = 1;
        int found = 0;
        segment.Slice(frames[0].Start, frames[0].Length).CopyTo(joined);
        while (segment.Length - start >= LeastLeft)
        {
            ref byte line = ref Unsafe.Add(ref origin, start);
            int name = PlainLines.DataName(ref line);
            if (name == 0)
            {
                nint blank = first <= at ? BlankLine<TLines>(ref line) : 0;
                if (blank == 0)
                {
                    break;
                }

                start += blank;
                ref FoundFrame frame = ref frames[found];
                frame.Kind = SseFrameKind.Event;
                frame.Start = FoundFrame.InJoined - (int)first;
                frame.Length = (int)(at - first);
                first = at + 1;
                found++;
                // Events of one line are found faster elsewhere.
                if (found == PlainLines.FramesAtOnce || lines == 1)
                {
                    break;
                }

                frames[found].TypeLength = 0;
                lines = 0;
                continue;
            }

            if (at >= most)
            {
                break;
            }

            nint size = CopyLine<TLines>(
                ref line, name, ref Unsafe.Add(ref room, at + 1), segment.Length - start, longest, out nint length);
            if (size < 0)
            {
                break;
            }

            Unsafe.Add(ref room, at) = LineFeed;
            at += length + 1;
            start += size;
            lines++;
        }

        walk.GoOnAt<TLines>(segment, (int)start);

        begin = (int)first;
        filled = (int)at;
        return found;
    }

    /// <summary>Joins data lines to the value begun, up to the first line that is not plain or not short: it is left to be read.</summary>
    /// <param name="segment">The bytes.</param>
    /// <param name="walk">The line to begin at, which ends in the segment; no line is carried.</param>
    /// <param name="data">The value begun.</param>
    /// <param name="longest">The number of bytes, its end not counted, that a line must have fewer of.</param>
    /// <param name="bound">The most bytes of the value; a line that could pass it is left.</param>
    /// <returns>Whether the blank line that ends the event was found, and passed.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static bool Join<TLines>(ReadOnlySpan<byte> segment, ref LineWalk walk, ref FieldValue data, int longest, int bound)
        where TLines : struct, ILines
    {
        ref byte origin = ref MemoryMarshal.GetReference(segment);
        ref byte joined = ref Unsafe.NullRef<byte>();
        nint start = walk.Start;
        nint filled = data.Length;
        nint capacity = 0;
        bool isComplete = false;
        while (segment.Length - start >= LeastLeft)
        {
            ref byte line = ref Unsafe.Add(ref origin, start);
            int name = PlainLines.DataName(ref line);
            if (name == 0)
            {
                nint blank = BlankLine<TLines>(ref line);
                isComplete = blank > 0;
                start += blank;
                break;
            }

            if (filled + LongestValue + BlockBytes >= capacity)
            {
                if (filled + LongestValue + BlockBytes >= bound)
                {
                    break;
                }

                Span<byte> room = data.BeginJoin(segment, (int)filled, (int)filled + LongestValue + BlockBytes + 1, bound);
                joined = ref MemoryMarshal.GetReference(room);
                capacity = room.Length;
            }

            nint size = CopyLine<TLines>(
                ref line, name, ref Unsafe.Add(ref joined, filled + 1), segment.Length - start, longest, out nint length);
            if (size < 0)
            {
                break;
            }

            Unsafe.Add(ref joined, filled) = LineFeed;
            filled += length + 1;
            start += size;
        }

        walk.GoOnAt<TLines>(segment, (int)start);

        if (capacity > 0)
        {
            data.EndJoin((int)filled);
        }

        return isComplete;
    }

    /// <summary>Copies the value of a plain data line.</summary>
    /// <param name="line">The line, of which the name and one block can be read.</param>
    /// <param name="name">How many bytes it has in front of its value.</param>
    /// <param name="copy">Where the value is copied to.</param>
    /// <param name="left">How many bytes of the segment are left there.</param>
    /// <param name="longest">The number of bytes, its end not counted, that the line must have fewer of.</param>
    /// <param name="length">The value's length.</param>
    /// <returns>How many bytes the line has with its end; less than zero when it is not plain or not short.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint CopyLine<TLines>(ref byte line, int name, ref byte copy, nint left, int longest, out nint length)
        where TLines : struct, ILines
    {
        ref byte value = ref Unsafe.Add(ref line, name);
        nint end = CopyToEnd<TLines>(ref value, ref copy, left - name);
        if (end < 0 || end + name >= longest)
        {
            length = 0;
            return -1;
        }

        length = TLines.IsAgent && Unsafe.Add(ref value, end - 1) == CarriageReturn ? end - 1 : end;
        if (!PlainLines.IsPlainValue<TLines>(ref value, 0, length))
        {
            return -1;
        }

        nint size = name + end + 1;
        bool endsTwice = !TLines.IsAgent && Unsafe.Add(ref value, end) == CarriageReturn && size < left
            && Unsafe.Add(ref line, size) == LineFeed;
        return endsTwice ? size + 1 : size;
    }

    /// <summary>How many bytes the blank line here has with its end; 0 when here is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint BlankLine<TLines>(ref byte line)
        where TLines : struct, ILines
    {
        if (line == LineFeed)
        {
            return 1;
        }

        return line != CarriageReturn ? 0 : Unsafe.Add(ref line, 1) == LineFeed ? 2 : TLines.IsAgent ? 0 : 1;
    }

    /// <summary>Copies a value up to its line's end, and whatever follows that in the same block.</summary>
    /// <param name="value">The value, of which one block can be read.</param>
    /// <param name="copy">Where it is copied to.</param>
    /// <param name="left">How many bytes of the segment are left there.</param>
    /// <returns>Where the end is; less than zero when it is not near.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint CopyToEnd<TLines>(ref byte value, ref byte copy, nint left)
        where TLines : struct, ILines
    {
        nint last = Math.Min(left, LongestValue) - BlockBytes;
        for (nint at = 0; at <= last; at += BlockBytes)
        {
            uint ends = CopyBlock<TLines>(ref Unsafe.Add(ref value, at), ref Unsafe.Add(ref copy, at));
            if (ends != 0)
            {
                return at + BitOperations.TrailingZeroCount(ends);
            }
        }

        return -1;
    }

    /// <summary>Copies a block.</summary>
    /// <returns>Where a line ends in it: one bit for each byte.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint CopyBlock<TLines>(ref byte from, ref byte to)
        where TLines : struct, ILines
    {
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<byte> block = Vector256.LoadUnsafe(ref from);
            block.StoreUnsafe(ref to);
            Vector256<byte> ends = Vector256.Equals(block, Vector256.Create(LineFeed));
            return (TLines.IsAgent ? ends : ends | Vector256.Equals(block, Vector256.Create(CarriageReturn))).ExtractMostSignificantBits();
        }

        return CopyHalf<TLines>(ref from, ref to)
            | CopyHalf<TLines>(ref Unsafe.Add(ref from, BlockBytes / 2), ref Unsafe.Add(ref to, BlockBytes / 2)) << (BlockBytes / 2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint CopyHalf<TLines>(ref byte from, ref byte to)
        where TLines : struct, ILines
    {
        Vector128<byte> block = Vector128.LoadUnsafe(ref from);
        block.StoreUnsafe(ref to);
        Vector128<byte> ends = Vector128.Equals(block, Vector128.Create(LineFeed));
        return (TLines.IsAgent ? ends : ends | Vector128.Equals(block, Vector128.Create(CarriageReturn))).ExtractMostSignificantBits();
    }
}
