namespace Unarr.Pipelines.Sse;

/// <summary>Where a reader's bytes come from.</summary>
internal abstract class ByteSource
{
    /// <summary>Whether the last read was cancelled at the source, not by its token: nothing is lost, and a later read goes on.</summary>
    public virtual bool WasCancelled => false;

    /// <summary>The bytes of the buffer held now, where it is this source's own.</summary>
    public virtual int HeldBytes => 0;

    /// <summary>Reads once and hands the bytes to the framer, which must be drained.</summary>
    /// <returns><see langword="false"/> when the stream has ended: nothing follows what was handed in.</returns>
    public abstract ValueTask<bool> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Gives the read buffer back; the framer must have let go of it.</summary>
    public abstract void ReleaseBuffer();

    /// <summary>Ends the reading, and gives the buffer back.</summary>
    public abstract ValueTask CompleteAsync();
}
