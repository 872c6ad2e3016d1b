using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Unarr.Pipelines.Sse;

/// <summary>The hot loop: finds the frames of plain lines, those that a slice of the segment can stand for.</summary>
/// <remarks>
/// With <see cref="LineIndex"/> under it, what reads without bounds checks (a tenth faster than with them, in both dialects). Why each
/// read is within the segment: a line end is a bit that the index set for a byte of the segment, so start ≤ end &lt; length; every byte
/// read of a line lies at or before its end: the first one and, in a line of 6 bytes or more, the first 6 and the one behind them, which
/// is at most the line end itself. A block is read only where 64 bytes are left, a stretch only where 256 are. At most
/// <see cref="FramesAtOnce"/> frames are written, and the room has one more, for the event that is begun.
/// </remarks>
internal static class PlainLines
{
    /// <summary>How many frames are found at once.</summary>
    public const int FramesAtOnce = 16;

    /// <summary>How many frames there must be room for: one more is written to while it is not complete.</summary>
    public const int RoomForFrames = FramesAtOnce + 1;

    private const int LeastFieldLine = 6; // "data:x", "event:"

    private static ReadOnlySpan<byte> DataName => "data:"u8;

    private static ReadOnlySpan<byte> EventName => "event:"u8;

    /// <summary>Finds frames, up to the first line that is not plain: it is left to be read.</summary>
    /// <param name="segment">The bytes.</param>
    /// <param name="frames">Room for <see cref="RoomForFrames"/> frames.</param>
    /// <param name="walk">Where the walk stands; no event is begun there.</param>
    /// <param name="longest">The number of bytes, its end not counted, that a line must have fewer of.</param>
    /// <param name="found">How many frames were found.</param>
    /// <returns>What is begun of an event that is not complete: its values are in the frame behind those found.</returns>
    // Compiled once, from no profile: what the first streams of a process look like does not decide how fast the later ones are.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Begun Find<TLines>(ReadOnlySpan<byte> segment, Span<FoundFrame> frames, ref LineWalk walk, int longest, out int found)
        where TLines : struct, ILines
    {
        ref byte origin = ref MemoryMarshal.GetReference(segment);
        ref FoundFrame frame = ref frames[RoomForFrames - 1];
        ref FoundFrame beyond = ref frame;
        frame = ref MemoryMarshal.GetReference(frames);
        nint length = segment.Length;
        ulong ends = walk.Ends;
        nint block = walk.Block;
        nint start = walk.Start;
        nuint fieldLines = (nuint)(longest - LeastFieldLine);
        var begun = Begun.Nothing;
        frame.TypeLength = 0;
        do
        {
            if (ends == 0)
            {
                block += LineIndex.BlockBytes;
                ends = LineIndex.NextEnds<TLines>(ref origin, length, ref block);
                if (ends == 0)
                {
                    break;
                }
            }

            nint end = block + BitOperations.TrailingZeroCount(ends);
            ref byte line = ref Unsafe.Add(ref origin, start);
            nint size = end - start;
            if (size <= 1 && (size == 0 || line == '\r'))
            {
                // A blank line: "dispatch if there was data; otherwise type is reset and nothing is delivered".
                ends &= ends - 1;
                start = end + 1;
                if ((begun & Begun.Data) != 0)
                {
                    frame.Kind = SseFrameKind.Event;
                    frame = ref Unsafe.Add(ref frame, 1);
                }

                frame.TypeLength = 0;
                begun = Begun.Nothing;
                continue;
            }

            nint to = Unsafe.Add(ref line, size - 1) == '\r' ? end - 1 : end;
            if ((nuint)(size - LeastFieldLine) < fieldLines)
            {
                if (IsData(ref line))
                {
                    nint from = start + (Unsafe.Add(ref line, DataName.Length) == ' ' ? DataName.Length + 1 : DataName.Length);
                    if ((begun & Begun.Data) != 0 || !IsPlainValue<TLines>(ref origin, from, to))
                    {
                        break;
                    }

                    frame.Start = (int)from;
                    frame.Length = (int)(to - from);
                    ulong last = ends & (0 - ends);
                    ulong blank = ends & (last << 1);
                    ends ^= last | blank;
                    start = end + 1;
                    if (blank == 0)
                    {
                        begun |= Begun.Data;
                        continue;
                    }

                    start++;
                    begun = Begun.Nothing;
                    frame.Kind = SseFrameKind.Event;
                    frame = ref Unsafe.Add(ref frame, 1);
                    frame.TypeLength = 0;
                    continue;
                }

                if (IsEvent(ref line))
                {
                    nint from = start + (Unsafe.Add(ref line, EventName.Length) == ' ' ? EventName.Length + 1 : EventName.Length);
                    if (!IsPlainValue<TLines>(ref origin, from, to))
                    {
                        break;
                    }

                    ends &= ends - 1;
                    frame.Type = (int)from;
                    frame.TypeLength = (int)(to - from);
                    begun |= Begun.Type;
                    start = end + 1;
                    continue;
                }
            }

            if (line == ':' && begun == Begun.Nothing && size < longest && (!TLines.IsAgent || Unsafe.Add(ref origin, to - 1) != '\r'))
            {
                frame.Kind = SseFrameKind.Comment;
                frame.Start = (int)start + 1;
                frame.Length = (int)(to - start) - 1;
                frame = ref Unsafe.Add(ref frame, 1);
                frame.TypeLength = 0;
                ulong last = ends & (0 - ends);
                ulong blank = ends & (last << 1);
                ends ^= last | blank;
                start = end + (blank != 0 ? 2 : 1);
                continue;
            }

            break;
        }
        while (!Unsafe.AreSame(ref frame, ref beyond));

        walk.Ends = ends;
        walk.Block = block;
        walk.Start = (int)start;
        found = (int)(Unsafe.ByteOffset(ref MemoryMarshal.GetReference(frames), ref frame) / Unsafe.SizeOf<FoundFrame>());
        return begun;
    }

    /// <summary>Agent: whether there is nothing to trim but the one blank in front; WhatWg trims nothing else.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsPlainValue<TLines>(ref byte origin, nint from, nint to)
        where TLines : struct, ILines =>
        !TLines.IsAgent || (WhiteSpace.IsPrintable(Unsafe.Add(ref origin, from)) && WhiteSpace.IsPrintable(Unsafe.Add(ref origin, to - 1)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsData(ref byte line) =>
        Unsafe.ReadUnaligned<uint>(ref line) == MemoryMarshal.Read<uint>(DataName) && Unsafe.Add(ref line, 4) == ':';

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsEvent(ref byte line) =>
        Unsafe.ReadUnaligned<uint>(ref line) == MemoryMarshal.Read<uint>(EventName)
        && Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref line, 4)) == MemoryMarshal.Read<ushort>(EventName[4..]);

    /// <summary>What is known of an event that is not complete.</summary>
    [Flags]
    public enum Begun
    {
        Nothing = 0,
        Data = 1,
        Type = 2,
    }
}
