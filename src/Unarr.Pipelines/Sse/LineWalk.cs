using System.Numerics;
using System.Runtime.InteropServices;

namespace Unarr.Pipelines.Sse;

/// <summary>Goes from line to line through a segment.</summary>
internal struct LineWalk
{
    /// <summary>Where the next line begins.</summary>
    public int Start;

    /// <summary>The line ends known and not yet passed: bit i for byte <see cref="At"/> + i.</summary>
    public ulong Ends;

    /// <summary>Which byte the first of them is for.</summary>
    public nint At;

    /// <summary>Where the next block to be searched begins.</summary>
    public nint Next;

    /// <summary>Looks for line ends from <paramref name="from"/> on.</summary>
    public void Search<TLines>(ReadOnlySpan<byte> segment, int from)
        where TLines : struct, ILines
    {
        if (segment.Length < LineIndex.BlockBytes)
        {
            At = from;
            Next = from + LineIndex.BlockBytes;
            Ends = LineIndex.ShortEnds(segment[from..], carriageReturns: !TLines.IsAgent);
        }
        else
        {
            Next = from;
            Ends = 0;
        }
    }

    /// <summary>Goes on at the line that begins at <paramref name="start"/>, where others have gone over those before.</summary>
    public void GoOnAt<TLines>(ReadOnlySpan<byte> segment, int start)
        where TLines : struct, ILines
    {
        if (start > Start)
        {
            Start = start;
            Search<TLines>(segment, start);
        }
    }

    /// <summary>Whether the next line ends in the segment.</summary>
    public bool HasEnd<TLines>(ReadOnlySpan<byte> segment)
        where TLines : struct, ILines
    {
        if (Ends == 0)
        {
            Ends = LineIndex.NextEnds<TLines>(ref MemoryMarshal.GetReference(segment), segment.Length, ref Next, out At);
        }

        return Ends != 0;
    }

    /// <summary>Goes over the next line.</summary>
    /// <param name="segment">The segment that is searched.</param>
    /// <param name="start">Where the line begins.</param>
    /// <param name="end">Where its end is: at the CR or LF, at the LF of a CR LF.</param>
    /// <returns><see langword="false"/> when no line ends any more.</returns>
    public bool TryTake<TLines>(ReadOnlySpan<byte> segment, out int start, out int end)
        where TLines : struct, ILines
    {
        start = Start;
        if (!HasEnd<TLines>(segment))
        {
            end = 0;
            return false;
        }

        int shift = BitOperations.TrailingZeroCount(Ends);
        end = (int)At + shift;
        Ends = Ends >> shift >> 1;
        Start = end + 1;
        At = Start;
        return true;
    }
}
