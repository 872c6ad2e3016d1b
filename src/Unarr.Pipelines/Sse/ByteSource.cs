using System.Runtime.ExceptionServices;

namespace Unarr.Pipelines.Sse;

/// <summary>Where a reader's bytes come from. It may be closed while a read is pending: whichever of the two ends last releases what both
/// use, so that it is released once.</summary>
internal abstract class ByteSource(SseFramer framer)
{
    private const int Waiting = 1;
    private const int Closed = 2;

    private int _state;

    protected SseFramer Framer { get; } = framer;

    /// <summary>Whether the last read was cancelled at the source, not by its token: nothing is lost, and a later read goes on.</summary>
    public virtual bool WasCancelled => false;

    public bool IsClosed => (Volatile.Read(ref _state) & Closed) != 0;

    /// <summary>The bytes of the buffer held now, where it is this source's own.</summary>
    public virtual int HeldBytes => 0;

    /// <summary>Reads once and hands the bytes to the framer, which must be drained.</summary>
    /// <returns><see langword="false"/> when the stream has ended: nothing follows what was handed in.</returns>
    public abstract ValueTask<bool> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Gives the read buffer back; the framer must have let go of it.</summary>
    public abstract void ReleaseBuffer();

    /// <summary>Ends the reading, and gives every buffer back: at once, or when the read that is pending has ended.</summary>
    public ValueTask CloseAsync()
    {
        int before = Interlocked.Or(ref _state, Closed);
        if ((before & Closed) != 0)
        {
            return ValueTask.CompletedTask;
        }

        bool waits = (before & Waiting) != 0;
        if (!waits)
        {
            Release();
        }

        return EndAsync(waits);
    }

    /// <summary>A read begins to be waited for.</summary>
    protected void BeginWait() => Interlocked.Or(ref _state, Waiting);

    /// <summary>The read has ended.</summary>
    /// <param name="failure">How it failed, if it did; it is thrown.</param>
    /// <exception cref="ObjectDisposedException">The source was closed meanwhile.</exception>
    protected void EndWait(Exception? failure)
    {
        if ((Interlocked.And(ref _state, ~Waiting) & Closed) != 0)
        {
            Release();
            EndAfterWait();
            throw new ObjectDisposedException("The reader was closed while it waited for bytes.", failure);
        }

        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    /// <summary>Ends what the bytes come from, and with it the read that is waited for.</summary>
    protected abstract ValueTask EndAsync(bool waits);

    /// <summary>Ends what could not be ended while a read was waited for.</summary>
    protected virtual void EndAfterWait()
    {
    }

    private void Release()
    {
        Framer.Dispose();
        ReleaseBuffer();
    }
}
