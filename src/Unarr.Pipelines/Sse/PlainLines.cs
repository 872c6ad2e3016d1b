using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Unarr.Pipelines.Sse;

/// <summary>The hot loop: finds the frames of plain lines, those that a slice of the segment can stand for.</summary>
/// <remarks>
/// With <see cref="LineIndex"/> under it, what reads without bounds checks (a tenth faster than with them, in both dialects). Why each
/// read is within the segment: a line end is a bit that the index set for a byte of the segment, so start ≤ end &lt; length. Of a line of
/// 7 bytes or more its first 7 are read and the byte behind them, which is at most its end; of others the first byte, which is at most
/// the end, and the byte before the end where the line is not empty. A block is read only where 64 bytes are left, a stretch only where
/// 256 are. At most <see cref="FramesAtOnce"/> frames are written, and the room has one more, for the event that is begun.
/// </remarks>
internal static class PlainLines
{
    /// <summary>How many frames are found at once.</summary>
    public const int FramesAtOnce = 16;

    /// <summary>How many frames there must be room for: one more is written to while it is not complete.</summary>
    public const int RoomForFrames = FramesAtOnce + 1;

    /// <summary>A line of fewer bytes, its end not counted, is not looked at as a field.</summary>
    public const int LeastFieldLine = 7;

    // How a line begins, its first byte lowest, shifted to the top of 8 bytes.
    private const ulong DataBlank = 0x20_3A_61_74_61_64_00_00;
    private const ulong Data = 0x3A_61_74_61_64_00_00_00;
    private const ulong EventBlank = 0x20_3A_74_6E_65_76_65_00;
    private const ulong Event = 0x3A_74_6E_65_76_65_00_00;

    /// <summary>Finds frames, up to the first line that is not plain: it is left to be read.</summary>
    /// <param name="segment">The bytes.</param>
    /// <param name="frames">Room for <see cref="RoomForFrames"/> frames.</param>
    /// <param name="walk">Where the walk stands; no event is begun there.</param>
    /// <param name="longest">The number of bytes, its end not counted, that a line must have fewer of.</param>
    /// <param name="found">How many frames were found.</param>
    /// <returns>What is begun of an event that is not complete: its values are in the frame behind those found.</returns>
    // Compiled once, from no profile: what the first streams of a process look like does not decide how fast the later ones are.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static Begun Find<TLines>(ReadOnlySpan<byte> segment, Span<FoundFrame> frames, ref LineWalk walk, int longest, out int found)
        where TLines : struct, ILines
    {
        ref byte origin = ref MemoryMarshal.GetReference(segment);
        ref FoundFrame frame = ref frames[RoomForFrames - 1];
        ref FoundFrame beyond = ref frame;
        frame = ref MemoryMarshal.GetReference(frames);
        nint length = segment.Length;
        ulong ends = walk.Ends;
        nint at = walk.At;
        nint next = walk.Next;
        nint start = walk.Start;
        nuint fieldLines = (nuint)(longest - LeastFieldLine);
        var begun = Begun.Nothing;
        frame.TypeLength = 0;
        do
        {
            if (ends == 0)
            {
                ends = LineIndex.NextEnds<TLines>(ref origin, length, ref next, out at);
                if (ends == 0)
                {
                    break;
                }
            }

            int shift = BitOperations.TrailingZeroCount(ends);
            nint end = at + shift;
            ref byte line = ref Unsafe.Add(ref origin, start);
            nint size = end - start;
            if ((nuint)(size - LeastFieldLine) < fieldLines)
            {
                ulong head = Head(ref line);
                nint from = start;
                // Jumps, since one place per field lets a name's length be a constant there: a twentieth faster.
                if (head << 16 == DataBlank)
                {
                    from += 6;
                }
                else if (head << 8 == EventBlank)
                {
                    from += 7;
                    goto Type;
                }
                else if (head << 24 == Data)
                {
                    from += 5;
                }
                else if (head << 16 == Event)
                {
                    from += 6;
                    goto Type;
                }
                else
                {
                    goto NoField;
                }

                nint to = Unsafe.Add(ref line, size - 1) == '\r' ? end - 1 : end;
                if ((begun & Begun.Data) != 0 || !IsPlainValue<TLines>(ref origin, from, to))
                {
                    break;
                }

                frame.Start = (int)from;
                frame.Length = (int)(to - from);
                ends = ends >> shift >> 1;
                start = end + 1;
                at = start;
                int blank = 1;
                if ((ends & 1) == 0)
                {
                    if ((ends & 3) != 2 || to == end || Unsafe.Add(ref origin, start) != '\r')
                    {
                        begun |= Begun.Data;
                        continue;
                    }

                    // CR LF, where the data line ended so too.
                    blank = 2;
                }

                // The blank line right behind it.
                ends >>= blank;
                start += blank;
                at = start;
                begun = Begun.Nothing;
                frame.Kind = SseFrameKind.Event;
                frame = ref Unsafe.Add(ref frame, 1);
                frame.TypeLength = 0;
                continue;

            Type:
                to = Unsafe.Add(ref line, size - 1) == '\r' ? end - 1 : end;
                if (!IsPlainValue<TLines>(ref origin, from, to))
                {
                    break;
                }

                frame.Type = (int)from;
                frame.TypeLength = (int)(to - from);
                begun |= Begun.Type;
                ends = ends >> shift >> 1;
                start = end + 1;
                at = start;
                continue;
            }

            if (size <= 1 && (size == 0 || line == '\r'))
            {
                // A blank line: "dispatch if there was data; otherwise type is reset and nothing is delivered".
                ends = ends >> shift >> 1;
                start = end + 1;
                at = start;
                if ((begun & Begun.Data) != 0)
                {
                    frame.Kind = SseFrameKind.Event;
                    frame = ref Unsafe.Add(ref frame, 1);
                }

                frame.TypeLength = 0;
                begun = Begun.Nothing;
                continue;
            }

        NoField:
            if (line == ':' && begun == Begun.Nothing && size < longest)
            {
                nint to = Unsafe.Add(ref line, size - 1) == '\r' ? end - 1 : end;
                if (TLines.IsAgent && Unsafe.Add(ref origin, to - 1) == '\r')
                {
                    break;
                }

                frame.Kind = SseFrameKind.Comment;
                frame.Start = (int)start + 1;
                frame.Length = (int)(to - start) - 1;
                frame = ref Unsafe.Add(ref frame, 1);
                frame.TypeLength = 0;
                ends = ends >> shift >> 1;
                int behind = (int)ends & 1;
                ends >>= behind;
                start = end + 1 + behind;
                at = start;
                continue;
            }

            break;
        }
        while (!Unsafe.AreSame(ref frame, ref beyond));

        walk.Ends = ends;
        walk.At = at;
        walk.Next = next;
        walk.Start = (int)start;
        found = (int)(Unsafe.ByteOffset(ref MemoryMarshal.GetReference(frames), ref frame) / Unsafe.SizeOf<FoundFrame>());
        return begun;
    }

    /// <summary>How many bytes in front of the value a data line has; 0 when it is none.
    /// The line has <see cref="LeastFieldLine"/> bytes and one behind them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int DataName(ref byte line)
    {
        ulong head = Head(ref line);
        return head << 16 == DataBlank ? 6 : head << 24 == Data ? 5 : 0;
    }

    /// <summary>The first 8 bytes, the first one lowest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Head(ref byte line)
    {
        ulong head = Unsafe.ReadUnaligned<ulong>(ref line);
        return BitConverter.IsLittleEndian ? head : BinaryPrimitives.ReverseEndianness(head);
    }

    /// <summary>Agent: whether there is nothing to trim but the one blank in front; Html trims nothing else.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsPlainValue<TLines>(ref byte origin, nint from, nint to)
        where TLines : struct, ILines =>
        !TLines.IsAgent || (WhiteSpace.IsPrintable(Unsafe.Add(ref origin, from)) && WhiteSpace.IsPrintable(Unsafe.Add(ref origin, to - 1)));

    /// <summary>What is known of an event that is not complete.</summary>
    [Flags]
    public enum Begun
    {
        Nothing = 0,
        Data = 1,
        Type = 2,
    }
}
