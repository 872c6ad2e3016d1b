using System.Buffers;

namespace Unarr.Agents.Downlink.ControlPlane;

/// <summary>One link of a body that lies in several arrays.</summary>
internal sealed class BodySegment : ReadOnlySequenceSegment<byte>
{
    private BodySegment(ReadOnlyMemory<byte> memory, long runningIndex)
    {
        Memory = memory;
        RunningIndex = runningIndex;
    }

    /// <summary>The first <paramref name="length"/> bytes of arrays that are each filled up to <paramref name="segmentBytes"/>.</summary>
    public static ReadOnlySequence<byte> Sequence(IReadOnlyList<byte[]> arrays, int length, int segmentBytes)
    {
        var first = new BodySegment(arrays[0].AsMemory(0, Math.Min(length, segmentBytes)), 0);
        BodySegment last = first;
        for (int index = 1; index < arrays.Count; index++)
        {
            int begin = index * segmentBytes;
            var next = new BodySegment(arrays[index].AsMemory(0, Math.Min(length - begin, segmentBytes)), begin);
            last.Next = next;
            last = next;
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }
}
