using System.Buffers;

namespace Unarr.Pipelines.Testing;

/// <summary>One link of a sequence of several segments.</summary>
public sealed class Segment : ReadOnlySequenceSegment<byte>
{
    private Segment(ReadOnlyMemory<byte> memory, long runningIndex)
    {
        Memory = memory;
        RunningIndex = runningIndex;
    }

    public static ReadOnlySequence<byte> Sequence(IEnumerable<ReadOnlyMemory<byte>> segments)
    {
        var first = new Segment(default, 0);
        Segment last = first;
        foreach (ReadOnlyMemory<byte> memory in segments)
        {
            var next = new Segment(memory, last.RunningIndex + last.Memory.Length);
            last.Next = next;
            last = next;
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }
}
