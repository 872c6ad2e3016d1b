using System.Numerics;
using System.Runtime.CompilerServices;

namespace Unarr.Pipelines.Sse;

/// <summary>Goes from line end to line end through a segment.</summary>
internal struct LineEnds
{
    // The ends not yet taken of the block that was searched last.
    private ulong _mask;
    private int _block;

    /// <summary>Goes to a segment's byte at <paramref name="at"/>.</summary>
    public void Begin(int at)
    {
        _mask = 0;
        _block = at - LineIndex.BlockBytes;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryTake(ReadOnlySpan<byte> bytes, bool carriageReturns, out int end)
    {
        ulong mask = _mask;
        int block = _block;
        if (mask == 0)
        {
            block += LineIndex.BlockBytes;
            mask = LineIndex.Find(bytes, ref block, carriageReturns);
            _block = block;
        }

        _mask = mask & (mask - 1);
        end = block + BitOperations.TrailingZeroCount(mask);
        return mask != 0;
    }

    /// <summary>Takes the blank line right behind a line end, if its end is known already.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryTakeBlank(int end)
    {
        // A shift by 64 is one by 0: that bit, of a byte before the end, has been taken.
        ulong blank = 1UL << (end + 1 - _block);
        if ((_mask & blank) == 0)
        {
            return false;
        }

        _mask ^= blank;
        return true;
    }

    /// <summary>Takes back the end taken last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PutBack(int end) => _mask |= 1UL << (end - _block);
}
