using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Unarr.Pipelines.Sse;

/// <summary>Reads a pipe for a framer: all that it has is consumed on every read.</summary>
internal sealed class PipeSource(PipeReader pipe, SseFramer framer, bool leaveOpen) : ByteSource(framer)
{
    private SequencePosition _consumed;
    private SequencePosition? _untaken;
    private bool _mustAdvance;
    private bool _wasCancelled;

    public override bool WasCancelled => _wasCancelled;

    public override ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        ReleaseBuffer();
        // What was cancelled was the read before: a failure of this one ends the stream.
        _wasCancelled = false;
        ValueTask<ReadResult> read = pipe.ReadAsync(cancellationToken);
        return read.IsCompletedSuccessfully ? new ValueTask<bool>(HandIn(read.Result)) : WaitAsync(read);
    }

    public override void ReleaseBuffer()
    {
        if (_mustAdvance)
        {
            _mustAdvance = false;
            pipe.AdvanceTo(_consumed);
        }
    }

    /// <summary>A pipe is not to be completed under a read: that is cancelled, and completes it.</summary>
    protected override ValueTask EndAsync(bool waits)
    {
        if (!waits)
        {
            return leaveOpen ? ValueTask.CompletedTask : pipe.CompleteAsync();
        }

        pipe.CancelPendingRead();
        return ValueTask.CompletedTask;
    }

    protected override void EndAfterWait()
    {
        if (!leaveOpen)
        {
            pipe.Complete();
        }
        else if (_untaken is { } start)
        {
            // Closed meanwhile, it takes nothing more from a pipe that stays open.
            pipe.AdvanceTo(start);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> WaitAsync(ValueTask<ReadResult> read)
    {
        Framer.ReleaseSpareArrays();
        BeginWait();
        _untaken = null;
        ReadResult result = default;
        Exception? failure = null;
        try
        {
            result = await read.ConfigureAwait(false);
            _untaken = result.Buffer.Start;
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        EndWait(failure);
        return HandIn(result);
    }

    private bool HandIn(in ReadResult result)
    {
        _wasCancelled = result.IsCanceled;
        if (_wasCancelled)
        {
            pipe.AdvanceTo(result.Buffer.Start);
            throw new OperationCanceledException("The pipe's pending read was cancelled.");
        }

        _consumed = result.Buffer.End;
        _mustAdvance = true;
        Framer.Append(result.Buffer);
        return !result.IsCompleted;
    }
}
