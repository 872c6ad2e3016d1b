using System.Buffers;
using System.IO.Pipelines;

namespace Unarr.Pipelines.Tests.Sse;

/// <summary>A pipe that gives one part a read, counts the reads and checks that each was consumed whole.</summary>
internal sealed class CountingPipeReader(byte[][] parts) : PipeReader
{
    private ReadOnlySequence<byte> _given;

    public int Reads { get; private set; }

    public bool EveryReadWasConsumedWhole { get; private set; } = true;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        bool ended = Reads == parts.Length;
        _given = ended ? default : new ReadOnlySequence<byte>(parts[Reads]);
        Reads++;
        return ValueTask.FromResult(new ReadResult(_given, isCanceled: false, isCompleted: ended));
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) =>
        EveryReadWasConsumedWhole &= _given.Slice(consumed).IsEmpty;

    public override bool TryRead(out ReadResult result) => throw new NotSupportedException();

    public override void CancelPendingRead() => throw new NotSupportedException();

    public override void Complete(Exception? exception = null)
    {
    }
}
