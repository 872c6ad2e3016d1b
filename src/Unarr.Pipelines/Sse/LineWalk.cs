using System.Numerics;
using System.Runtime.InteropServices;

namespace Unarr.Pipelines.Sse;

/// <summary>Goes from line to line through a segment.</summary>
internal struct LineWalk
{
    /// <summary>Where the next line begins.</summary>
    public int Start;

    /// <summary>The line ends not yet passed of the block that was searched last: bit i for its byte i.</summary>
    public ulong Ends;

    /// <summary>Where that block begins.</summary>
    public nint Block;

    /// <summary>Goes to a segment's byte at <paramref name="start"/>.</summary>
    public void Begin<TLines>(ReadOnlySpan<byte> segment, int start)
        where TLines : struct, ILines
    {
        Start = start;
        if (segment.Length < LineIndex.BlockBytes)
        {
            Block = start;
            Ends = LineIndex.ShortEnds(segment[start..], carriageReturns: !TLines.IsAgent);
        }
        else
        {
            Block = start - LineIndex.BlockBytes;
            Ends = 0;
        }
    }

    /// <summary>Goes over the next line.</summary>
    /// <param name="segment">The segment that the walk was begun in.</param>
    /// <param name="start">Where the line begins.</param>
    /// <param name="end">Where its end is: at the CR or LF, at the LF of a CR LF.</param>
    /// <returns><see langword="false"/> when no line ends any more.</returns>
    public bool TryTake<TLines>(ReadOnlySpan<byte> segment, out int start, out int end)
        where TLines : struct, ILines
    {
        start = Start;
        if (Ends == 0)
        {
            nint block = Block + LineIndex.BlockBytes;
            Ends = LineIndex.NextEnds<TLines>(ref MemoryMarshal.GetReference(segment), segment.Length, ref block);
            Block = block;
            if (Ends == 0)
            {
                end = 0;
                return false;
            }
        }

        end = (int)Block + BitOperations.TrailingZeroCount(Ends);
        Ends &= Ends - 1;
        Start = end + 1;
        return true;
    }
}
